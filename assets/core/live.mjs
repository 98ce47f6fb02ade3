/* Live values: one small snapshot for all viewers, asked for while it can be seen. The server answers
   a poll when there is news; without a place to wait it says so, and is asked again each second.
   Elements marked data-live="SPY.price" change in place, and so does the last candle. */
import { byId, element, find, findAll, within, write } from "./dom.mjs";
import { clock, isoDay } from "./format.mjs";
import { Signal, isFrozen, isPast } from "./page.mjs";
import { get, send } from "./http.mjs";
import { LOOK_MS, isOlder, moves, untilNext } from "./live_poll.mjs";
import { direction, isPrice, isStatus, liveValue, symbolOf } from "./live_values.mjs";
import { answerMade } from "./panels.mjs";
import { shownPart } from "./router.mjs";
import { flash, tintDigits } from "./tints.mjs";

/** @typedef {import("./live_values.mjs").LiveSnapshot} LiveSnapshot */
/** @typedef {import("./live_values.mjs").LiveQuote} LiveQuote */
/** @typedef {Record<string, LiveQuote>} Quotes */

const html = document.documentElement;
const PATIENCE_MS = 8000;
const MOST_SYMBOLS = 24;
const PLACES = ["holdline-waits-1", "holdline-waits-2"];

/** Raised with each newer snapshot. @type {Signal<LiveSnapshot>} */
export const ticked = new Signal();

/** @type {LiveSnapshot|null} */
let snapshot = null;
let lost = false;
let timer = 0;
let asking = false;
let failures = 0;
let lastGood = 0;
let firstFailure = 0;
let waited = false;

/** The newest snapshot, or null. */
export const liveSnapshot = () => snapshot;
/** Whether the server has not answered for a while. */
export const isLost = () => lost;

const quantities = new WeakMap(); // element -> the value last written into it

/** @param {any} node @param {Quotes} quotes */
function writeLive(node, quotes) {
  const now = liveValue(node.dataset.live, quotes);
  if (!now) return;
  if (node.dataset.value !== undefined && typeof now.value === "number") {
    node.dataset.value = now.value;
  }
  if (now.chip && node.classList.contains("chip") && node.className !== now.chip) {
    node.className = now.chip;
  }
  if (now.signed) {
    const wanted = direction(now.value);
    for (const name of ["up", "down", "flat"]) node.classList.toggle(name, name === wanted);
  }
  if (now.why) node.title = node.dataset.withheld = now.why;
  else if (node.dataset.withheld !== undefined) {
    node.removeAttribute("title");
    delete node.dataset.withheld;
  }
  const before = node.textContent;
  const last = quantities.get(node);
  quantities.set(node, now.value);
  if (before === now.text) return;
  write(node, now.text);
  if (isPrice(node.dataset.live) && last)
    tintDigits(node, before, now.value < last ? "down" : "up");
  else if (isStatus(node.dataset.live) && last) flash(node);
}

const marked = () => [...findAll("[data-live]", shownPart()), ...findAll(".masthead [data-live]")];
const charts = () => findAll(".js-plotly-plot", shownPart()).filter((graph) => graph.data);

function priceTrace(graph) {
  return graph.data.findIndex((trace) => trace.meta === "price" && trace.type === "candlestick");
}

/** The last candle follows the price; axes are left alone, so zoom and hover stay. */
function moveCandle(graph, quotes) {
  const at = priceTrace(graph);
  const trace = graph.data[at];
  const quote = trace && quotes[trace.name];
  if (!quote || quote.pre || quote.withheld || quote.open === null) return;
  if (graph._dragging || !window.Plotly) return;
  const last = trace.x.length - 1;
  if (last < 0 || String(trace.x[last]).slice(0, 10) !== isoDay.format(new Date(quote.time)))
    return;
  const bar = { open: quote.open, high: quote.high, low: quote.low, close: quote.price };
  if (graph.layout.annotations?.some((one) => one.name === "bars")) {
    bar.open = trace.open[last]; // of a week or a month, in which the day is the last
    bar.high = Math.max(trace.high[last], quote.price);
    bar.low = Math.min(trace.low[last], quote.price);
  }
  if (Object.keys(bar).every((name) => trace[name][last] === bar[name])) return;
  const data = {};
  for (const name in bar) {
    const values = Array.from(trace[name]);
    values[last] = bar[name];
    data[name] = [values];
  }
  const layout = {};
  (graph.layout.shapes || []).forEach((shape, i) => {
    if (shape.name !== "price") return;
    layout["shapes[" + i + "].y0"] = quote.price;
    layout["shapes[" + i + "].y1"] = quote.price;
  });
  window.Plotly.update(graph, data, layout, [at]);
}

const isLive = () => !isPast() && !isFrozen();

/** Write what is known into something just drawn; nothing is asked for. */
export function redraw() {
  if (!snapshot || isPast()) return;
  for (const node of findAll("[data-live]", shownPart())) writeLive(node, snapshot.quotes);
  for (const graph of charts()) moveCandle(graph, snapshot.quotes);
}

/* Frozen or not: its numbers were written already, and what was frozen is one moment. */
function moveCandles() {
  if (isPast()) return;
  for (const graph of charts()) moveCandle(graph, snapshot.quotes);
}

/* An answer was drawn some moments ago: where a tick came since, its digits stay. */
answerMade.on((nodes) => {
  if (!snapshot || failures || !isLive()) return;
  for (const node of nodes) {
    if (!(node instanceof Element)) continue;
    for (const value of node.querySelectorAll("[data-live]")) writeLive(value, snapshot.quotes);
    if (node.matches("[data-live]")) writeLive(node, snapshot.quotes);
  }
});

/** Write the snapshot into everything on screen. */
export function apply() {
  if (!snapshot || !isLive()) return;
  for (const node of marked()) writeLive(node, snapshot.quotes);
  requestAnimationFrame(() => setTimeout(moveCandles)); // the numbers are painted before that
  for (const button of findAll("[data-live-speed]")) {
    const on = Number(button.dataset.liveSpeed) === snapshot.speed;
    button.setAttribute("aria-pressed", String(on));
  }
}

const namesIn = (nodes) => nodes.map((node) => symbolOf(node.dataset.live));

/* Those of the page before those of the masthead, which the server follows in any case. */
function symbols() {
  const seen = new Set(namesIn(findAll("[data-live]", shownPart())));
  for (const graph of charts()) {
    const at = priceTrace(graph);
    if (at >= 0) seen.add(graph.data[at].name);
  }
  for (const name of namesIn(findAll(".masthead [data-live]"))) seen.add(name);
  return [...seen].filter(Boolean).slice(0, MOST_SYMBOLS).sort();
}

/** @param {LiveSnapshot} news */
function take(news) {
  if (snapshot && isOlder(news, snapshot)) return;
  snapshot = news;
  html.dataset.feed = news.feed.mode;
  ticked.send(news);
}

function lostLine() {
  let line = byId("live-lost");
  const strip = find(".strip");
  if (!line && strip) {
    line = element("span"); // said to screen readers by health.mjs
    line.id = "live-lost";
    line.hidden = true;
    strip.append(line);
  }
  return line;
}

function showLost(now) {
  if (now === lost) return;
  lost = now;
  html.classList.toggle("is-cut-off", lost);
  const line = lostLine();
  if (!line) return;
  const simulated = snapshot && snapshot.speed !== null;
  const since = simulated ? new Date(snapshot.at) : new Date(lastGood || firstFailure);
  line.textContent = lost ? "STALE · connection lost since " + clock.format(since) : "";
  line.hidden = !lost;
}

/** A browser opens six connections to a host for all its windows together: two may be kept waiting. */
async function inPlace(act) {
  if (!moves(snapshot) || !navigator.locks) return act(moves(snapshot));
  for (const place of PLACES) {
    let free = false;
    const done = await navigator.locks.request(place, { ifAvailable: true }, (lock) => {
      free = Boolean(lock);
      return free ? act(true) : null;
    });
    if (free) return done;
  }
  return act(false);
}

async function ask(waits) {
  const query = new URLSearchParams({ since: snapshot ? String(snapshot.sequence) : "" });
  if (waits) query.set("wait", "1");
  const wanted = symbols();
  if (wanted.length) query.set("symbols", wanted.join(","));
  const reply = await get("/live.json?" + query, PATIENCE_MS);
  const news = reply.status === 204 ? null : await reply.json();
  waited = waits && !reply.headers.has("Retry-After");
  if (news && isLive()) take(news); // the page may have been frozen meanwhile
}

/** Ask now, and go on asking. */
export async function beat() {
  clearTimeout(timer);
  if (asking || document.hidden) return; // "visibilitychange" begins again
  if (!isLive()) {
    timer = window.setTimeout(beat, LOOK_MS);
    return;
  }
  asking = true;
  const began = performance.now();
  try {
    await inPlace(ask);
    failures = 0;
    lastGood = Date.now();
    showLost(false);
  } catch {
    // Aborted, refused or cut off: said in the strip from the second time on, and tried again.
    if (!failures) firstFailure = Date.now();
    failures += 1;
    showLost(failures > 1);
  } finally {
    asking = false;
    const took = performance.now() - began;
    timer = window.setTimeout(beat, untilNext(snapshot, failures, waited, took, Math.random()));
  }
  if (!failures) apply();
}

/** Begin to follow the prices. */
export function follow() {
  document.addEventListener("click", async (event) => {
    const button = within(event, "[data-live-speed]");
    if (!button) return;
    const speed = Number(button.dataset.liveSpeed);
    await send("/live/clock", { speed }).catch(() => showLost(true));
    beat();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) beat();
  });
  timer = window.setTimeout(beat, LOOK_MS);
}
