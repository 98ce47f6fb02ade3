/* Panels: what surrounds a chart or card, and painting it from its payload. */
import { drawWaiting, palette, show } from "./charts.mjs";
import { build, byId, element, find, findAll, morph, saveAs, within, write } from "./dom.mjs";
import { enlarged, unfolded, viewOf } from "./figure.mjs";
import { withDays } from "./format.mjs";
import { ask, received } from "./questions.mjs";
import { activePage, rememberedOf, routed, shownBy, shownPart } from "./router.mjs";
import { Signal } from "./page.mjs";
import { csv, dataTable, rank } from "./tables.mjs";

const html = document.documentElement;
const FULL = "Full screen";

/** Raised with the key of each card that has been painted. @type {Signal<string>} */
export const painted = new Signal();

/** Raised when nothing that has come waits to be painted. @type {Signal<void>} */
export const allPainted = new Signal();

/** Raised with what is made of an answer, before it is shown: newer values may be written into it.
    @type {Signal<Node[]>} */
export const answerMade = new Signal();

/** @type {Record<string, any>} */
const payloads = {}; // "page/name" -> payload
const asking = {}; // "page/name" -> timer of a panel whose result still grows
const themes = {}; // page key -> the theme its charts were drawn in
let asOf = "";

const rootOf = (key) => find('[data-panel="' + key + '"]');
const pageOfKey = (key) => key.split("/")[0];
const keysOf = (page) => Object.keys(payloads).filter((key) => pageOfKey(key) === page);

const TASK_MS = 12; // then a tick, a key or a scroll may come between two panels
/** @type {Set<string>} */
const toPaint = new Set();

/** Paint what has come, as much as a task may take, and the rest in the next. */
function paintNext() {
  const began = performance.now();
  for (const key of toPaint) {
    toPaint.delete(key);
    paintPanel(key);
    if (toPaint.size && performance.now() - began > TASK_MS) {
      setTimeout(paintNext);
      return;
    }
  }
  allPainted.send();
}

/** A panel's payload as it is shown, or undefined. */
export const payloadOf = (key) =>
  payloads[key] && unfolded(payloads[key], rememberedOf(pageOfKey(key)));

/** What the panels of a page say in place of their content; empty for one that shows it. */
export const absencesOf = (page) =>
  keysOf(page).map((key) => (payloads[key].offer ? "" : payloads[key].absence || ""));

/** A payload whose sentences have their days written as everywhere on the page. */
export function worded(payload) {
  const said = { ...payload };
  for (const part of ["title", "subtitle", "summary", "note", "absence"]) {
    if (said[part]) said[part] = withDays(said[part]);
  }
  return said;
}

/** A figure for a larger screen than this one; see `enlarged`. */
export const enlargedHere = (figure, scale, width) => enlarged(figure, palette(), scale, width);

received.on(({ page, payloads: given }) => {
  themes[page] = themes[page] || html.dataset.theme;
  for (const [name, payload] of Object.entries(given)) {
    const key = page + "/" + name;
    payloads[key] = worded(payload);
    toPaint.delete(key);
    toPaint.add(key);
  }
  paintNext();
});
routed.on((route) => {
  asOf = route.as_of;
  if (!route.page) return;
  if (themes[route.page.key] && themes[route.page.key] !== html.dataset.theme) repaint();
  drawWaiting();
});
shownBy(showViews);

/** Paint the charts of the page on screen in the theme there is now. */
export function repaint() {
  const page = activePage();
  themes[page] = html.dataset.theme;
  for (const key of keysOf(page)) if (rootOf(key).dataset.kind === "chart") paintPanel(key);
}

/** A bar under the head while the server is still fetching: [done, all]. */
function progress(panel, loading) {
  let meter = find(":scope > .meter", panel);
  if (!loading) {
    if (meter) meter.remove();
    return;
  }
  if (!meter) {
    meter = element("div", undefined, "meter");
    find(".panel-head", panel).after(meter);
    meter.setAttribute("role", "progressbar");
    meter.append(element("div"));
  }
  meter.setAttribute("aria-valuenow", loading[0]);
  meter.setAttribute("aria-valuemax", loading[1]);
  meter.firstChild.style.width = ((100 * loading[0]) / loading[1]).toFixed(1) + "%";
}

/** What a panel says around its content; its element, or null where it is not mounted. */
function mark(key, payload) {
  const panel = rootOf(key);
  if (!panel) return null;
  panel.classList.remove("is-loading");
  panel.classList.toggle("is-absent", Boolean(payload.absence));
  const wasOffered = panel.classList.contains("is-offered");
  if (panel.classList.toggle("is-offered", Boolean(payload.offer)) || wasOffered)
    markOffers(pageOfKey(key));
  panel.classList.toggle("has-data", Boolean(payload.data));
  panel.classList.toggle("is-simulated", Boolean(payload.simulated));
  panel.setAttribute("aria-busy", "false");
  write(find("h2", panel), payload.title);
  write(find(".sub", panel), payload.subtitle);
  write(find(".note", panel), payload.note);
  const badge = find(".badge", panel);
  write(badge, payload.badge.text);
  badge.className = "badge badge-" + payload.badge.freshness.toLowerCase().replace(" ", "-");
  const content = find(".panel-figure, .panel-body", panel);
  content.setAttribute("aria-label", payload.summary);
  if (panel.dataset.kind === "chart") sayAbsence(panel, content, payload);
  progress(panel, payload.loading);
  if (panel.classList.contains("shows-table")) fillTable(panel, payload);
  clearInterval(asking[key]);
  if (payload.again) asking[key] = setInterval(() => ask(pageOfKey(key)), payload.again * 1000);
  return panel;
}

function sayAbsence(panel, content, payload) {
  const sentence = payload.absence;
  let absence = find(":scope > .absence", panel);
  if (sentence && !absence) {
    absence = element("p", "", "absence");
    panel.insertBefore(absence, content);
  }
  if (absence) morph(absence, sentence ? absenceOf(payload) : []);
}

/** Why a panel shows nothing, and the help that fills it, or where the plan is that shows it: whole in
    the first such panel of a page, in the others that it is part of the plan. */
function absenceOf(payload) {
  const said = element("span", payload.absence);
  const at = payload.offer || payload.help;
  if (!at) return [said];
  const link = element("a", at.text, "offer");
  link.href = at.href;
  if (!payload.offer) return [said, document.createTextNode(" "), link];
  const whole = element("span", undefined, "offer-whole");
  whole.append(said, document.createTextNode(" "), link);
  return [whole, element("span", "Part of the " + payload.badge.text + " plan.", "offer-brief")];
}

/** Mark the panels of a page that a better plan shows, and the first of them. */
function markOffers(page) {
  const offered = findAll('[data-panel^="' + page + '/"].is-offered');
  offered.forEach((panel, at) => panel.classList.toggle("is-first-offer", at === 0));
}

/** Show the page's charts as its address now asks, if all that is needed is here. */
function showViews(page) {
  const folded = keysOf(page).filter((key) => payloads[key].views);
  const here = (key) => viewOf(payloads[key], rememberedOf(page));
  if (!folded.length || !folded.every(here)) return false;
  folded.forEach(paintPanel);
  return true;
}

function paintPanel(key) {
  const payload = payloadOf(key);
  const panel = mark(key, payload);
  if (!panel) return;
  if (panel.dataset.kind === "chart") {
    show(find(".panel-figure", panel), payload.figure);
    return;
  }
  const body = find(".panel-body", panel);
  if (payload.absence) {
    const said = element("p", undefined, "absence");
    said.append(...absenceOf(payload));
    morph(body, [said]);
  } else fillWith(body, payload.body);
  for (const heading of findAll("th[aria-sort]", body)) rank(heading);
  painted.send(key);
}

/** Write an answer's components into an element, as `morph` does it. */
function fillWith(holder, content) {
  const made = build(content);
  answerMade.send(made);
  morph(holder, made);
}

/** The same outside the panels, by an element's id. */
export function fill(id, content) {
  const holder = byId(id);
  if (holder && content) fillWith(holder, content);
}

function fillTable(panel, payload) {
  const holder = find(".data-table", panel);
  if (payload.data) holder.tabIndex = 0;
  holder.replaceChildren(...(payload.data ? [dataTable(payload)] : []));
}

/** The numbers in the place of what is drawn of them, as high as that, or back. */
function turnTable(panel, button) {
  const holder = find(".data-table", panel);
  const place = find(".panel-figure, .panel-body", panel).getBoundingClientRect();
  const on = panel.classList.toggle("shows-table");
  if (on) holder.style.setProperty("--place", Math.round(place.height) + "px");
  button.setAttribute("aria-pressed", String(on));
  const payload = payloadOf(panel.dataset.panel);
  if (on && payload) fillTable(panel, payload);
  else drawWaiting();
}

/* Full screen: larger letters, and the way out is said. */
document.addEventListener("fullscreenchange", () => {
  for (const panel of findAll(".panel-chart", shownPart())) {
    const button = find("[data-action=fullscreen]", panel);
    const here = panel === document.fullscreenElement;
    if (!here && button.textContent === FULL) continue;
    write(button, here ? "Exit Esc" : FULL);
    paintPanel(panel.dataset.panel);
  }
});

/** Listen for the tools of all panels. */
export function offerTools() {
  document.addEventListener("click", (event) => {
    const button = within(event, "[data-action]");
    const panel = button && button.closest("[data-panel]");
    if (!panel) return;
    const key = panel.dataset.panel;
    const payload = payloadOf(key);
    if (button.dataset.action === "csv" && payload && payload.data) {
      saveAs("holdline-" + key.replace("/", "-") + ".csv", csv(payload, asOf), "text/csv");
    }
    if (button.dataset.action === "table") turnTable(panel, button);
    if (button.dataset.action === "fullscreen") {
      if (document.fullscreenElement) document.exitFullscreen();
      else if (panel.requestFullscreen) panel.requestFullscreen();
    }
  });
}
