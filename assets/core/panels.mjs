/* Panels: what surrounds a chart or card, and painting it from its payload. */
import { config } from "./config.mjs";
import { setProps } from "./dash.mjs";
import { build, element, find, findAll, morph, saveAs, tint, within, write } from "./dom.mjs";
import { EMPTY, enlarged, fit, keepView, paint, unfolded, viewOf } from "./figure.mjs";
import { ask, rememberedOf, routed, routing, shownBy } from "./router.mjs";
import { Signal } from "./signal.mjs";
import { csv, dataTable, rank } from "./tables.mjs";

const html = document.documentElement;
const TYPE_PX = 14;

/** Raised with each chart before it is drawn. @type {Signal<import("./figure.mjs").Figure>} */
export const drawing = new Signal();
/** Raised with the key of each card that has been painted. @type {Signal<string>} */
export const painted = new Signal();

/** @type {Record<string, any>} */
const payloads = {}; // "page/name" -> payload
const asking = {}; // "page/name" -> timer of a panel whose result still grows
const drawn = {}; // "page/name" -> the revision and the ranges it was last given
let asOf = "";

routing.on(() => dress());
routed.on((route) => (asOf = route.as_of));
shownBy(showViews);

const rootOf = (key) => find('[data-panel="' + key + '"]');
const pageOfKey = (key) => key.split("/")[0];
const palette = () => config().palettes[html.dataset.theme] || {};

function typeScale() {
  return Math.max(1, parseFloat(getComputedStyle(html).fontSize) / TYPE_PX) || 1;
}

/** A panel's payload as it is shown, or undefined. */
export const payloadOf = (key) =>
  payloads[key] && unfolded(payloads[key], rememberedOf(pageOfKey(key)));

/** A figure for a larger screen than this one; see `enlarged`. */
export const enlargedHere = (figure, scale, width) => enlarged(figure, palette(), scale, width);

const TOOLS = [
  ["scene", "Add to scenes", "Keep this view for a presentation"],
  ["csv", "CSV", "Download the numbers as CSV"],
];
const CHART_TOOLS = [["fullscreen", "Full screen", "Show this chart alone on the screen"]];

/** Give every bare panel its head and foot, and every static body its content. */
function dress() {
  for (const holder of findAll("[data-body]")) {
    holder.append(...build(JSON.parse(holder.dataset.body)));
    holder.removeAttribute("data-body");
  }
  for (const panel of findAll("[data-panel]:not(.is-dressed)")) {
    panel.classList.add("is-dressed");
    panel.prepend(headOf());
    panel.append(footOf(panel.dataset.kind === "chart" ? [...TOOLS, ...CHART_TOOLS] : TOOLS));
  }
}

function headOf() {
  const head = element("header", undefined, "panel-head");
  const heading = element("div", undefined, "panel-heading");
  heading.append(element("h2", "\u00a0"), element("p", "\u00a0", "sub"));
  head.append(heading, element("span", undefined, "badge"));
  return head;
}

function footOf(offered) {
  const foot = element("footer", undefined, "panel-foot");
  const tools = element("div", undefined, "panel-tools");
  for (const [action, text, about] of offered) {
    const tool = element("button", text, "tool");
    tool.type = "button";
    tool.title = about;
    tool.dataset.action = action;
    tools.append(tool);
  }
  const details = element("details", undefined, "as-table");
  const holder = element("div", undefined, "data-table scroll");
  details.append(element("summary", "View as table"), holder);
  foot.append(element("p", undefined, "note"), tools, details);
  return foot;
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
  dress();
  panel.classList.remove("is-loading");
  panel.classList.toggle("is-absent", Boolean(payload.absence));
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
  if (panel.dataset.kind === "chart") sayAbsence(panel, content, payload.absence);
  progress(panel, payload.loading);
  if (find("details.as-table", panel).open) fillTable(panel, payload);
  clearInterval(asking[key]);
  if (payload.again) asking[key] = setInterval(() => ask(pageOfKey(key)), payload.again * 1000);
  return panel;
}

function sayAbsence(panel, content, sentence) {
  let absence = find(":scope > .absence", panel);
  if (sentence && !absence) {
    absence = element("p", "", "absence");
    panel.insertBefore(absence, content);
  }
  if (absence) write(absence, sentence || "");
}

/** Show the page's charts as its address now asks, if all that is needed is here. */
function showViews(page) {
  const own = Object.keys(payloads).filter((key) => key.startsWith(page + "/"));
  const folded = own.filter((key) => payloads[key].views);
  const here = (key) => viewOf(payloads[key], rememberedOf(page));
  if (!folded.length || !folded.every(here)) return false;
  for (const key of folded) {
    paintChart(payloads[key], null, { page, name: key.split("/")[1] });
  }
  return true;
}

/** Paint a chart: Dash calls this with its payload, the theme and its id. */
export function paintChart(given, theme, id) {
  if (!given) return window.dash_clientside.no_update;
  const key = id.page + "/" + id.name;
  payloads[key] = given;
  const payload = payloadOf(key);
  const panel = mark(key, payload);
  const figure = payload.figure
    ? fit(paint(payload.figure, palette(), typeScale()), window.innerWidth)
    : EMPTY;
  if (payload.figure) drawing.send(figure);
  const at = { ...id, type: "chart-graph" };
  const mounted = panel && find(".js-plotly-plot", panel);
  if (payload.figure) {
    drawn[key] = keepView(figure.layout, mounted ? mounted.layout : null, drawn[key]);
  }
  if (!mounted) return graph(at, figure);
  setProps(at, { figure: figure });
  return window.dash_clientside.no_update;
}

/** Made once: Dash would mount new children anew, and zoom and hover would be lost. */
function graph(id, figure) {
  const props = { id, figure, config: config().graph, responsive: true, className: "graph" };
  return { namespace: "dash_core_components", type: "Graph", props };
}

/** Paint a card: Dash calls this with its payload and its id. */
export function paintCard(payload, id) {
  if (!payload) return;
  const key = id.page + "/" + id.name;
  payloads[key] = payload;
  const panel = mark(key, payload);
  if (!panel) return;
  const body = find(".panel-body", panel);
  const absence = () => [element("p", payload.absence, "absence")];
  morph(body, payload.absence ? absence() : build(payload.body));
  for (const heading of findAll("th[aria-sort]", body)) rank(heading);
  painted.send(key);
}

function fillTable(panel, payload) {
  const holder = find(".data-table", panel);
  if (payload.data) holder.tabIndex = 0;
  holder.replaceChildren(...(payload.data ? [dataTable(payload)] : []));
}

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
    if (button.dataset.action === "fullscreen") {
      if (document.fullscreenElement) document.exitFullscreen();
      else if (panel.requestFullscreen) panel.requestFullscreen();
    }
  });
  document.addEventListener("fullscreenchange", () => {
    setTimeout(() => window.dispatchEvent(new Event("resize")), 60);
  });
  const opened = (event) => {
    const details = within(event, "details");
    const panel = details && details.matches(".as-table") && details.closest("[data-panel]");
    if (panel && details.open && payloads[panel.dataset.panel]) {
      fillTable(panel, payloadOf(panel.dataset.panel));
    }
  };
  document.addEventListener("toggle", opened, true); // it does not bubble
}

/** A value that changes in place is tinted for a moment. */
export function tintChanges() {
  const seen = (changes) => {
    for (const change of changes) {
      const node = change.target.parentElement && change.target.parentElement.closest(".live");
      if (node) tint(node);
    }
  };
  new MutationObserver(seen).observe(html, { subtree: true, characterData: true });
}
