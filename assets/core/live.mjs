/* Live values: one small snapshot for all viewers, asked for while it can be seen. The server answers
   a poll when there is news; without a place to wait it says so, and is asked again each second.
   Elements marked data-live="SPY.price" change in place, and so does the last candle. */

/* The snapshot of /live.json, as analytics/model/live.py publishes it; a test holds the two equal. */
/**
 * @typedef {Object} LiveSnapshot
 * @property {number} sequence
 * @property {string} epoch
 * @property {string} at
 * @property {"pre-market"|"open"|"closed"} phase
 * @property {number|null} speed
 * @property {FeedState} feed
 * @property {Record<string, LiveQuote>} quotes
 */
/**
 * @typedef {Object} FeedState
 * @property {"stream"|"polled"|"connecting"|"idle"|"none"} mode
 * @property {boolean} connected
 * @property {string|null} last_tick
 * @property {number} reconnects
 * @property {number} garbage
 * @property {Record<string, number>} dropped
 * @property {number} polls
 * @property {number} followed
 * @property {Record<string, string>} missing
 * @property {string|null} error
 */
/**
 * @typedef {Object} LiveQuote
 * @property {number} price
 * @property {string} time
 * @property {number|null} change_pct
 * @property {number|null} open
 * @property {number|null} high
 * @property {number|null} low
 * @property {number|null} volume
 * @property {boolean} pre
 * @property {boolean} final
 * @property {number|null} previous_close
 * @property {string|null} withheld
 * @property {string|null} support
 * @property {string|null} next_support
 * @property {Record<string, LiveLevel>} levels
 * @property {number} decimals
 * @property {string} unit
 * @property {string} prefix
 * @property {string} suffix
 */
/**
 * @typedef {Object} LiveLevel
 * @property {number} price
 * @property {number|null} session_level
 * @property {number} distance_pct
 * @property {number|null} distance_atr
 * @property {"held"|"broken"|"reclaimed"|"above"|"below"|"close only"|"under"|"reclaiming"|"testing"|"testing from below"|"overcome"|null} status
 * @property {boolean|null} gap_down
 * @property {number|null} close_needed
 * @property {number|null} if_closed_here
 */
(function () {
  "use strict";
  const H = (window.holdline = window.holdline || {});
  const html = document.documentElement;
  const THIN = "\u2009", BREAKLESS = "\u2011";
  const WAIT_MS = { open: 1000, "pre-market": 2000, closed: 30000 };
  const NO_FEED_MS = 60000, PAUSED_MS = 2000, LOOK_MS = 1000, PATIENCE_MS = 8000;
  const SPACING_MS = 250;                       // an eye takes in no more than four changes a second
  const LONGEST_MS = 30000, MOST_SYMBOLS = 24;
  const PLACES = ["holdline-waits-1", "holdline-waits-2"];

  /* As components/frame/findings.py writes them: status -> [sign, kind of chip]. */
  const STATUS = {
    held: ["●", "up"], reclaimed: ["▲", "up"], reclaiming: ["△", "up"], testing: ["◐", "near"],
    broken: ["✕", "down"], under: ["▽", "down"], below: ["▼", "down"], above: ["○", ""], "close only": ["○", ""],
    "testing from below": ["◑", "near"], overcome: ["◇", "up"],
  };

  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "America/New_York", hour: "2-digit", minute: "2-digit" });
  const clockSeconds = new Intl.DateTimeFormat("en-GB", { timeZone: "America/New_York", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: "America/New_York" });

  const live = (H.live = { snapshot: null, lost: false });
  let timer = 0, asking = false, failures = 0, lastGood = 0, firstFailure = 0, waited = false;

  const price = (value, quote) => H.write(value, quote);         // in the decimals and unit of its instrument
  const percent = (value) => H.write(value, { decimals: 2, sign: true, suffix: "%" });
  const QUOTE = {
    price: price, open: price, high: price, low: price, change_pct: percent,
    volume: (value) => H.write(value, { decimals: 0 }),
    time: (value) => clockSeconds.format(new Date(value)),
    pre: (value) => (value ? "PRE" : ""),
    support: (value) => levelName(value), next_support: (value) => levelName(value),
  };
  const LEVEL = {
    level: ["price", price], session_level: ["session_level", price],
    if_closed_here: ["if_closed_here", price], distance: ["distance_pct", percent],
    atr: ["distance_atr", (value) => H.write(value, { decimals: 2, sign: true })],
    distance_atr: ["distance_atr", (value) => value === null ? H.write(null, {}) : H.write(value, { decimals: 1, sign: true }) + THIN + "ATR"],
  };

  function levelName(name) { return name ? name.replace("-", BREAKLESS) : H.write(null, {}); }

  /* "BRK.B.distance:50-DMA" -> its value, text and, of a status, its class; null where it is not known. */
  function liveValue(key, quotes) {
    const dot = key.lastIndexOf(".");
    const quote = quotes[key.slice(0, dot)];
    const [field, name] = key.slice(dot + 1).split(":");
    if (!quote) return null;
    if (name === undefined) {
      return field in QUOTE ? { value: quote[field], text: QUOTE[field](quote[field], quote), signed: field === "change_pct" } : null;
    }
    const level = quote.levels[name];
    if (!level) return quote.withheld ? { value: null, text: H.write(null, {}), chip: "chip", why: quote.withheld } : null;
    if (field === "status") {
      const status = quote.pre ? null : level.status;
      const [sign, kind] = STATUS[status] || ["", ""];
      const text = quote.pre ? "PRE" : status ? (sign + " " + status).trim() : H.write(null, {});
      return { value: status, text: text, chip: kind ? "chip chip-" + kind : "chip" };
    }
    if (!(field in LEVEL)) return null;
    const [from, write] = LEVEL[field];
    return { value: level[from], text: write(level[from], quote) };
  }

  function tint(node) {
    if (still.matches || !node.animate || node.closest(".live")) return;   // .live is tinted by 3-panels.js
    node.animate([{ backgroundColor: "var(--accent-soft)" }, { backgroundColor: "transparent" }], { duration: 1200 });
  }

  function write(node, quotes) {
    const now = liveValue(node.dataset.live, quotes);
    if (!now) return;
    if (node.dataset.value !== undefined && typeof now.value === "number") node.dataset.value = now.value;
    if (now.chip && node.classList.contains("chip") && node.className !== now.chip) node.className = now.chip;
    if (now.signed) {
      for (const name of ["up", "down", "flat"]) {
        node.classList.toggle(name, name === (now.value > 0 ? "up" : now.value < 0 ? "down" : "flat"));
      }
    }
    if (now.why) node.title = node.dataset.withheld = now.why;
    else if (node.dataset.withheld !== undefined) {
      node.removeAttribute("title");
      delete node.dataset.withheld;
    }
    if (node.textContent === now.text) return;
    const text = node.firstChild;
    if (text && text.nodeType === Node.TEXT_NODE && node.childNodes.length === 1) text.data = now.text;
    else node.textContent = now.text;
    tint(node);
  }

  const shown = () => document.querySelector(".stage") || document.querySelector("section.page:not([hidden])") || html;
  function marked() { return [...shown().querySelectorAll("[data-live]"), ...document.querySelectorAll(".masthead [data-live]")]; }
  function charts() { return [...shown().querySelectorAll(".js-plotly-plot")].filter((graph) => graph.data); }
  function priceTrace(graph) { return graph.data.findIndex((trace) => trace.meta === "price" && trace.type === "candlestick"); }

  /* The last candle follows the price; axes are left alone, so zoom and hover stay. */
  function moveCandle(graph, quotes) {
    const at = priceTrace(graph);
    const trace = graph.data[at];
    const quote = trace && quotes[trace.name];
    if (!quote || quote.pre || quote.withheld || quote.open === null || graph._dragging || !window.Plotly) return;
    const last = trace.x.length - 1;
    if (last < 0 || String(trace.x[last]).slice(0, 10) !== day.format(new Date(quote.time))) return;
    const bar = { open: quote.open, high: quote.high, low: quote.low, close: quote.price };
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

  /* Write what is known into something just drawn; nothing is asked for. */
  live.redraw = function () {
    if (!live.snapshot || html.classList.contains("is-past")) return;
    for (const node of shown().querySelectorAll("[data-live]")) write(node, live.snapshot.quotes);
    for (const graph of charts()) moveCandle(graph, live.snapshot.quotes);
  };

  function isLive() { return !html.classList.contains("is-past") && !html.classList.contains("is-frozen"); }

  function moveCandles() {
    if (!isLive()) return;
    for (const graph of charts()) moveCandle(graph, live.snapshot.quotes);
  }

  function apply() {
    if (!live.snapshot || !isLive()) return;
    const quotes = live.snapshot.quotes;
    for (const node of marked()) write(node, quotes);
    requestAnimationFrame(() => setTimeout(moveCandles));      // the numbers are painted before that
    for (const button of document.querySelectorAll("[data-live-speed]")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.liveSpeed) === live.snapshot.speed));
    }
  }

  live.apply = apply;

  function symbols() {
    const seen = new Set();
    for (const node of marked()) seen.add(node.dataset.live.slice(0, node.dataset.live.lastIndexOf(".")));
    for (const graph of charts()) {
      const at = priceTrace(graph);
      if (at >= 0) seen.add(graph.data[at].name);
    }
    return [...seen].filter(Boolean).sort().slice(0, MOST_SYMBOLS);
  }

  /* Within one leading process sequences only grow: an older answer of a slower worker is older. The
     next leader goes on from there, or, on a shared state that was lost, from the beginning: then the
     exchange's own time tells, which goes back in a simulation alone. */
  function isOlder(snapshot, held) {
    if (snapshot.sequence >= held.sequence) return false;
    if (snapshot.epoch === held.epoch) return true;
    return snapshot.speed === null && Date.parse(snapshot.at) <= Date.parse(held.at);
  }

  function take(snapshot) {
    if (live.snapshot && isOlder(snapshot, live.snapshot)) return;
    live.snapshot = snapshot;
    html.dataset.feed = snapshot.feed.mode;
    document.dispatchEvent(new CustomEvent("holdline-live", { detail: snapshot }));
  }

  function lostLine() {
    let line = document.getElementById("live-lost");
    const strip = document.querySelector(".strip");
    if (!line && strip) {
      line = document.createElement("span");
      line.id = "live-lost";              // said to screen readers by 9-health.js
      line.hidden = true;
      strip.append(line);
    }
    return line;
  }

  function showLost(lost) {
    if (lost === live.lost) return;
    live.lost = lost;
    html.classList.toggle("is-cut-off", lost);
    const line = lostLine();
    if (!line) return;
    const simulated = live.snapshot && live.snapshot.speed !== null;
    const since = simulated ? new Date(live.snapshot.at) : new Date(lastGood || firstFailure);
    line.textContent = lost ? "STALE · connection lost since " + clock.format(since) : "";
    line.hidden = !lost;
  }

  /* A browser opens six connections to a host for all its windows together: two may be kept waiting. */
  async function inPlace(act) {
    if (!moves() || !navigator.locks) return act(moves());
    for (const place of PLACES) {
      let free = false;
      const done = await navigator.locks.request(place, { ifAvailable: true }, function (lock) {
        free = Boolean(lock);
        return free ? act(true) : null;
      });
      if (free) return done;
    }
    return act(false);
  }

  async function ask(waits) {
    const wanted = symbols();
    const since = live.snapshot ? live.snapshot.sequence : "";
    const address = "/live.json?since=" + since + (waits ? "&wait=1" : "") +
      (wanted.length ? "&symbols=" + encodeURIComponent(wanted.join(",")) : "");
    const limit = new AbortController();
    const bell = setTimeout(() => limit.abort(), PATIENCE_MS);
    try {
      const reply = await fetch(address, { signal: limit.signal, credentials: "same-origin" });
      if (!reply.ok) throw new Error("status " + reply.status);
      const snapshot = reply.status === 204 ? null : await reply.json();
      waited = waits && !reply.headers.has("Retry-After");
      if (snapshot && isLive()) take(snapshot);        // the page may have been frozen meanwhile
    } finally {
      clearTimeout(bell);
    }
  }

  /* Whether news is to be expected soon, so that a poll may wait for it. */
  function moves() {
    const snapshot = live.snapshot;
    return Boolean(snapshot) && snapshot.phase !== "closed" && snapshot.speed !== 0 &&
      !["connecting", "none"].includes(snapshot.feed.mode);
  }

  /* Between two polls, in milliseconds, when none waits. */
  function pause() {
    const snapshot = live.snapshot;
    if (!snapshot || snapshot.feed.mode === "connecting") return LOOK_MS;
    if (snapshot.feed.mode === "none") return NO_FEED_MS;
    if (snapshot.speed === 0) return PAUSED_MS;
    return WAIT_MS[snapshot.phase] || LOOK_MS;
  }

  function wait(began) {
    if (failures) return Math.min(LONGEST_MS, 1000 * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
    if (!waited || !moves()) return pause();
    return Math.max(0, SPACING_MS - (performance.now() - began));
  }

  async function beat() {
    clearTimeout(timer);
    if (asking || document.hidden) return;      // "visibilitychange" begins again
    if (!isLive()) { timer = setTimeout(beat, LOOK_MS); return; }
    asking = true;
    const began = performance.now();
    try {
      await inPlace(ask);
      failures = 0;
      lastGood = Date.now();
      showLost(false);
    } catch (error) {
      // Aborted, refused or cut off: said in the strip from the second time on, and tried again.
      if (!failures) firstFailure = Date.now();
      failures += 1;
      showLost(failures > 1);
    } finally {
      asking = false;
      timer = setTimeout(beat, wait(began));
    }
    if (!failures) apply();
  }

  live.beat = beat;

  document.addEventListener("click", async function (event) {
    const button = event.target.closest && event.target.closest("[data-live-speed]");
    if (!button) return;
    await fetch("/live/clock", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ speed: Number(button.dataset.liveSpeed) }),
    }).catch(() => showLost(true));
    beat();
  });

  document.addEventListener("visibilitychange", function () { if (!document.hidden) beat(); });
  document.addEventListener("DOMContentLoaded", function () { timer = setTimeout(beat, LOOK_MS); });
})();
