/* The address is the state. Address -> page stores and controls; controls and links -> address.
   One direction each, so that no callback depends on itself. */
import * as addresses from "./address.mjs";
import { config, pageOf } from "./config.mjs";
import { setProps } from "./dash.mjs";
import { find, findAll, hasModifier, within } from "./dom.mjs";
import { busy, isPast, isStill } from "./gate.mjs";
import { Signal } from "./signal.mjs";

/** @typedef {import("./config.mjs").PageEntry} PageEntry */
/** @typedef {import("./address.mjs").Params} Params */
/**
 * @typedef {Object} Route
 * @property {PageEntry|null} page on screen
 * @property {boolean} moved another page than before
 * @property {Params} params as the address has them; a listener of `routing` may add to them
 * @property {string} as_of the moment shown, empty for now
 */

const html = document.documentElement;
const SOON_MS = 50;

/** Raised with each address, before it is acted on. @type {Signal<Route>} */
export const routing = new Signal();
/** Raised with each address, when its page is shown. @type {Signal<Route>} */
export const routed = new Signal();

const shared = {}; // as_of and symbol follow the viewer from tab to tab
/** @type {Record<string, Params>} */
const remembered = {}; // page key -> its parameters when last on screen
const sent = {}; // page key -> JSON of the state its store holds
const defaults = {}; // "page/name" -> a control's value in the layout
/** @type {string|null} */
let active = null;
/** @type {(key: string) => boolean} */
let showsItself = () => false;

/** Key of the page on screen. */
export const activePage = () => active;
/** A page's parameters when last on screen. */
export const rememberedOf = (key) => remembered[key] || {};
export const pageAt = (path) => addresses.pageAt(config().pages, path);
export const stateFor = (page, search) =>
  addresses.stateOf(addresses.paramsOf(page, search), config().as_of);

/** Who paints a page from what is here already, and says whether that was possible. */
export function shownBy(painter) {
  showsItself = painter;
}

/** Address of what is on screen, or null. */
export function address() {
  const page = pageOf(active);
  return page ? addresses.addressOf(page, rememberedOf(page.key)) : null;
}

export function go(href, replace = false) {
  const here = location.pathname + location.search + location.hash;
  if (href === here) return;
  history[replace ? "replaceState" : "pushState"](null, "", href);
  window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
}

/** Change some parameters of the page on screen; null removes one. */
export function change(changes, replace = false) {
  const page = pageOf(active);
  if (!page) return;
  const params = addresses.changed(addresses.paramsOf(page, location.search), changes);
  go(addresses.addressOf(page, params), replace);
}

export function toSymbol(symbol) {
  const here = pageOf(active);
  const takes = (page) => Boolean(page) && page.takes.includes("symbol");
  const page = takes(here) ? here : config().pages.find(takes) || here;
  const own = page === here ? addresses.paramsOf(page, location.search) : rememberedOf(page.key);
  const moment = shared.as_of ? { as_of: shared.as_of } : {};
  const changes = { ...moment, symbol: symbol, expiry: null, compare: null };
  go(addresses.addressOf(page, addresses.changed(own, changes)));
}

function drawTabs(page) {
  for (const link of findAll("a[data-tab]")) {
    const tab = pageOf(link.dataset.tab);
    const params = addresses.carried(tab, rememberedOf(tab.key), shared);
    link.setAttribute("href", addresses.addressOf(tab, params));
    if (page && tab.key === page.key) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function restoreControls(page, params, ids, values) {
  ids.forEach((id, i) => {
    const key = id.page + "/" + id.name;
    if (!(key in defaults)) defaults[key] = values[i] === undefined ? null : values[i];
    if (id.page !== page.key) return;
    const wanted = addresses.shownValue(id.name, params, defaults[key]);
    if (addresses.encode(wanted) !== addresses.encode(values[i])) setProps(id, { value: wanted });
  });
}

function shownHere(page, state) {
  if (!sent[page.key]) return false;
  const changed = addresses.differences(JSON.parse(sent[page.key]), state);
  const local = changed.length > 0 && changed.every((name) => addresses.LOCAL.includes(name));
  return local && showsItself(page.key);
}

function send(key, state) {
  const text = JSON.stringify(state);
  if (sent[key] === text) return false;
  sent[key] = text;
  setProps({ type: "page-state", page: key }, { data: state });
  return true;
}

function showPage(page) {
  for (const other of config().pages) {
    setProps("page-" + other.key, { hidden: !page || other.key !== page.key });
  }
  setProps("page-missing", { hidden: Boolean(page) });
  document.title = (page ? page.name : "No such page") + " · Holdline";
}

/** Act on the address: Dash calls this with each, and with the controls' values and ids. */
export function route(href, values, ids) {
  const page = pageAt(location.pathname);
  const moved = !page || page.key !== active;
  active = page ? page.key : null;
  const params = page ? addresses.paramsOf(page, location.search) : {};
  /** @type {Route} */
  const on = { page, moved, params, as_of: "" };
  routing.send(on);
  if (moved) showPage(page);
  if (page) {
    remembered[page.key] = params;
    if (params.as_of) shared.as_of = params.as_of;
    else delete shared.as_of;
    if (page.takes.includes("symbol")) shared.symbol = params.symbol;
    const state = addresses.stateOf(params, config().as_of);
    restoreControls(page, params, ids, values);
    on.as_of = state.as_of || "";
    html.classList.toggle("is-past", Boolean(on.as_of));
    if ((shownHere(page, state) || !send(page.key, state)) && moved) pulseSoon();
  }
  send("frame", addresses.stateOf(shared.as_of ? { as_of: shared.as_of } : {}, config().as_of));
  drawTabs(page);
  if (!showTarget() && moved) window.scrollTo(0, 0);
  routed.send(on);
}

/** Controls have been used: Dash calls this with what was triggered. */
export function control(triggered) {
  const page = pageOf(active);
  if (!page) return;
  const changes = {};
  const params = addresses.paramsOf(page, location.search);
  for (const { prop_id, value } of triggered) {
    const written = prop_id.slice(0, prop_id.lastIndexOf("."));
    if (written[0] !== "{") continue;
    const id = JSON.parse(written);
    const key = id.page + "/" + id.name;
    if (id.page !== page.key || !(key in defaults)) continue;
    Object.assign(changes, addresses.choose(page, params, id.name, defaults[key], value));
  }
  if (Object.keys(changes).length) change(changes);
}

/* Links inside the app move without a reload. */
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.shiftKey || hasModifier(event)) return;
  const link = within(event, "a");
  if (!link || link.hasAttribute("download")) return;
  const drawn = link instanceof SVGElement; // a name on a chart's axis
  const href = drawn ? link["href"].baseVal : link.getAttribute("href");
  const target = drawn ? link["target"].baseVal.replace("_self", "") : link.target;
  if (!href || target || href.startsWith("#")) return;
  const to = new URL(href, location.href);
  const page = to.origin === location.origin ? pageAt(to.pathname) : null;
  if (!page) return;
  event.preventDefault();
  follow(page, to, Boolean(link.dataset.tab));
});

function follow(page, to, isTab) {
  const params = addresses.paramsOf(page, to.search);
  if (page.key === active) {
    const here = addresses.paramsOf(page, location.search);
    if (!to.search && to.hash) Object.assign(params, here);
    for (const name of to.search ? addresses.LOCAL : []) {
      if (name in here && !(name in params)) params[name] = here[name];
    }
  }
  if (shared.as_of && params.as_of === undefined && !isTab) params.as_of = shared.as_of;
  go(addresses.addressOf(page, params) + to.hash);
}

function showTarget() {
  for (const node of findAll(".is-target")) node.classList.remove("is-target");
  if (!location.hash) return false;
  const target = document.getElementById(location.hash.slice(1));
  if (!target) return false;
  target.classList.add("is-target");
  setTimeout(() => target.scrollIntoView(), 0);
  return true;
}

/* The pulse: only for the page on screen, only now, only while the tab is seen, and never
   on top of a question that is still being answered. */
let beats = 0;

function pulse(key) {
  beats += 1;
  setProps({ type: "pulse", page: key }, { data: beats });
}

function beat() {
  if (document.hidden || active === null || busy() || isPast() || isStill()) return;
  pulse(active);
  pulse("frame");
}

export const pulseSoon = () => setTimeout(beat, SOON_MS);

/** Ask for a page again, whatever the date shown; only while it is on screen. */
export function ask(page) {
  if (page !== active || document.hidden || isStill()) return;
  pulse(page);
}

/** Begin to follow the present. */
export function beginPulse() {
  setInterval(beat, Math.max(1, config().refresh_seconds) * 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) beat();
  });
}

/** The part of the document that is being looked at. */
export const shownPart = () => find(".stage") || find("section.page:not([hidden])") || html;
