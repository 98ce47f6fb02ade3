/* The address is the state. Address -> page and controls; controls and links -> address.
   One direction each, so that nothing depends on itself. */
import * as addresses from "./address.mjs";
import { Signal, config, pageOf } from "./page.mjs";
import { byId, find, findAll, hasModifier, within } from "./dom.mjs";
import { askIn, lookAt, pulseSoon, stateAsked, stripAt } from "./questions.mjs";

/** @typedef {import("./page.mjs").PageEntry} PageEntry */
/** @typedef {import("./address.mjs").Params} Params */
/** @typedef {import("./address.mjs").Value} Value */
/**
 * @typedef {Object} Route
 * @property {PageEntry|null} page on screen
 * @property {boolean} moved another page than before
 * @property {Params} params as the address has them; a listener of `routing` may add to them
 * @property {string} as_of the moment shown, empty for now
 */

const html = document.documentElement;

/** Raised with each address, before it is acted on. @type {Signal<Route>} */
export const routing = new Signal();
/** Raised with each address, when its page is shown. @type {Signal<Route>} */
export const routed = new Signal({ sticky: true });

const shared = {}; // as_of and symbol follow the viewer from tab to tab
/** @type {Record<string, Params>} */
const remembered = {}; // page key -> its parameters when last on screen
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
  route();
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
  const changes = { ...moment, symbol: symbol, expiry: null, compare: null, own: null };
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

/* ---- native controls marked data-control="page/name" ---- */

const boxes = (control) => findAll("input", control);
const isGroup = (control) => control.tagName === "DIV";
const isRadio = (control) => boxes(control)[0].type === "radio";

/** @returns {Value} */
function read(control, checked, value) {
  if (!isGroup(control)) return value(control);
  const on = boxes(control)
    .filter(checked)
    .map((box) => box.value);
  if (isRadio(control)) return on.length ? on[0] : null;
  return on;
}

/** @returns {Value} */
const valueOf = (control) =>
  read(
    control,
    (box) => box.checked,
    (field) => field.value.trim(),
  );

/** What the html says. @returns {Value} */
const usualOf = (control) =>
  read(
    control,
    (box) => box.defaultChecked,
    (field) =>
      field.tagName === "SELECT"
        ? findAll("option", field).find((option) => option.defaultSelected).value
        : field.defaultValue,
  );

/** @param {Value} value null: none of a row of segments */
function showValue(control, value) {
  if (!isGroup(control)) {
    const text = value === null || value === undefined ? "" : String(value);
    if (control.value !== text) control.value = text;
    return;
  }
  const on = Array.isArray(value) ? value : [value];
  for (const box of boxes(control)) box.checked = on.includes(box.value);
}

const controlsOf = (page) => findAll('[data-control^="' + page + '/"]');
const nameOf = (control) => control.dataset.control.split("/")[1];
const pageOfControl = (control) => control.dataset.control.split("/")[0];

/** @param {(control: any) => void} act called with each control that the viewer has used */
function onUse(act) {
  document.addEventListener("change", (event) => {
    const control = within(event, "[data-control]");
    if (control) act(control);
  });
}

function restoreControls(page, params) {
  for (const control of controlsOf(page.key)) {
    const usual = usualOf(control);
    const wanted = addresses.shownValue(nameOf(control), params, usual);
    if (addresses.encode(wanted) !== addresses.encode(valueOf(control))) {
      showValue(control, wanted);
    }
  }
}

/** Whether a state differs from the one asked for in what the page shows by itself. */
function shownHere(page, state) {
  const before = stateAsked(page.key);
  if (!before) return false;
  const changed = addresses.differences(before, state);
  const local = changed.length > 0 && changed.every((name) => addresses.LOCAL.includes(name));
  return local && showsItself(page.key);
}

function showPage(page) {
  for (const other of config().pages) byId("page-" + other.key).hidden = other !== page;
  byId("page-missing").hidden = Boolean(page);
  document.title = (page ? page.name : "No such page") + " · Holdline";
}

/** Act on the address. */
export function route() {
  const page = pageAt(location.pathname);
  const moved = !page || page.key !== active;
  active = page ? page.key : null;
  lookAt(active);
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
    restoreControls(page, params);
    on.as_of = state.as_of || "";
    html.classList.toggle("is-past", Boolean(on.as_of));
    if ((shownHere(page, state) || !askIn(page.key, state)) && moved) pulseSoon();
  }
  stripAt(addresses.stateOf(shared.as_of ? { as_of: shared.as_of } : {}, config().as_of));
  drawTabs(page);
  if (!showTarget() && moved) window.scrollTo(0, 0);
  routed.send(on);
}

/** Follow the address from now on. */
export function begin() {
  window.addEventListener("popstate", () => route());
  onUse((control) => {
    const page = pageOf(active);
    if (!page || pageOfControl(control) !== page.key) return;
    const params = addresses.paramsOf(page, location.search);
    const [usual, value] = [usualOf(control), valueOf(control)];
    const changes = addresses.choose(page, params, nameOf(control), usual, value);
    if (Object.keys(changes).length) change(changes);
  });
  route();
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

/** The part of the document that is being looked at. */
export const shownPart = () => find(".stage") || find("section.page:not([hidden])") || html;
