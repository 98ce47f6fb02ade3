/* The address is the state of a view: parameters out of it, and back. Pure. */

/** @typedef {import("./page.mjs").PageEntry} PageEntry */
/** @typedef {Record<string, string>} Params parameters as the address has them */
/** @typedef {string|string[]|number|boolean|null|undefined} Value of a control */

/* A closer choice overrules a coarser one. While it does, the coarser control shows none of
   its segments; choosing one of them drops the closer choice. */
const CLOSER = {
  range: ["start", "end"],
  rule: ["expiry"],
  symbol: ["expiry", "own"],
  symbols: ["list"],
  level: ["other"],
};
const OVERRULES = { range: ["start"], rule: ["expiry"], level: ["other"] };

/** What a page shows by itself, without the server: the `views` of its payloads. */
export const LOCAL = ["range", "log"];

/** Whether a closer choice in the address stands above this parameter. */
export const isOverruled = (name, params) =>
  (OVERRULES[name] || []).some((closer) => closer in params);

/** @param {PageEntry[]} pages @param {string} path @returns {PageEntry|null} */
export function pageAt(pages, path) {
  const trimmed = path.length > 1 ? path.replace(/\/+$/, "") : path;
  return pages.find((page) => page.path === trimmed) || null;
}

/** What of a query string is the page's. @param {PageEntry} page @returns {Params} */
export function paramsOf(page, search) {
  const given = new URLSearchParams(search);
  /** @type {Params} */
  const params = {};
  for (const name of ["as_of", ...page.takes]) {
    if (given.has(name)) params[name] = given.get(name);
  }
  return params;
}

/** @param {PageEntry} page @param {Params} params */
export function addressOf(page, params) {
  const text = (value) => encodeURIComponent(value).replace(/%2C/g, ",").replace(/%5E/g, "^");
  const query = Object.entries(params).map(([name, value]) => name + "=" + text(value));
  return page.path + (query.length ? "?" + query.join("&") : "");
}

/**
 * What the server is asked with: the parameters, with the process's own as-of date filled in.
 * @param {Params} params
 * @param {string|null} opened the date the process was opened on
 */
export function stateOf(params, opened) {
  const state = { ...params };
  if (state.as_of === undefined && opened) state.as_of = opened;
  if (state.as_of === "live") delete state.as_of;
  return state;
}

/** Some parameters changed; null removes one. @param {Params} params @returns {Params} */
export function changed(params, changes) {
  const made = { ...params, ...changes };
  for (const [name, value] of Object.entries(made)) if (value === null) delete made[name];
  return made;
}

/** Names of the parameters in which two states differ. */
export function differences(before, after) {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]);
}

/** A control's value as the address writes it. @param {Value} value */
export function encode(value) {
  if (Array.isArray(value)) return value.join(",");
  if (value === null || value === undefined || value === false) return "";
  return value === true ? "1" : String(value);
}

/** The address's text as a value of the kind of `like`. @param {string} text @param {Value} like */
export function decode(text, like) {
  if (!Array.isArray(like)) return text;
  return text === "" || text === "none" || text === "0" ? [] : text.split(",");
}

/** The value a control shows at these parameters. @param {Params} params @param {Value} usual */
export function shownValue(name, params, usual) {
  if (isOverruled(name, params)) return null;
  return name in params ? decode(params[name], usual) : usual;
}

/**
 * What an address changes when a control is given a value; empty when nothing.
 * @param {PageEntry} page
 * @param {Params} params of the address now
 * @param {Value} usual the control's default
 * @param {Value} value
 */
export function choose(page, params, name, usual, value) {
  const text = encode(value);
  const shown = name in params ? encode(decode(params[name], usual)) : encode(usual);
  if (text === "" && name in OVERRULES) return {};
  if (text === shown && !isOverruled(name, params)) return {};
  /** @type {Record<string, string|null>} */
  const changes = {};
  for (const closer of CLOSER[name] || []) if (page.takes.includes(closer)) changes[closer] = null;
  const emptied = Array.isArray(value) ? "none" : "";
  changes[name] = text === encode(usual) ? null : text || emptied;
  return changes;
}

/**
 * A tab's parameters when it is opened from another: its own last ones, at the shared moment and
 * with the shared symbol.
 * @param {PageEntry} page
 * @param {Params} own
 * @param {{as_of?: string, symbol?: string}} shared
 */
export function carried(page, own, shared) {
  const params = { ...own };
  delete params.as_of;
  delete params.own; // this browser's, by symbol
  delete params.tried; // this browser tab's, by market
  delete params.elsewhere;
  if (shared.as_of) params.as_of = shared.as_of;
  if (!page.takes.includes("symbol")) return params;
  if (shared.symbol && params.symbol !== shared.symbol) delete params.expiry;
  if (shared.symbol) params.symbol = shared.symbol;
  else delete params.symbol;
  return params;
}
