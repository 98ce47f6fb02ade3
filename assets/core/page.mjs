/* The page itself: what the server says of it, what holds it still, and how its parts hear of
   each other. */

/**
 * @typedef {Object} PageEntry
 * @property {string} key
 * @property {string} path
 * @property {string} name
 * @property {string[]} takes parameters of its address besides as_of
 */
/**
 * @typedef {Object} Config
 * @property {PageEntry[]} pages
 * @property {string|null} as_of
 * @property {"light"|"dark"|"system"} theme
 * @property {number} refresh_seconds
 * @property {Record<string, Record<string, string>>} palettes
 * @property {Record<string, unknown>} graph Plotly's configuration
 * @property {string} plotly address of its bundle
 * @property {string} grid address of the scan's grid
 */

/** @type {Config|null} */
let read = null;

/** @returns {Config} */
export function config() {
  if (!read) read = JSON.parse(document.getElementById("frame-config").textContent);
  return read;
}

/** The page of that key, or null. */
export function pageOf(key) {
  return config().pages.find((page) => page.key === key) || null;
}

/**
 * A named event inside the page: who raises it does not know who listens.
 * @template T
 */
export class Signal {
  /** @param {{sticky?: boolean}} [how] sticky: who listens late is told the last value at once */
  constructor(how = {}) {
    /** @type {((value: T) => void)[]} */
    this.listeners = [];
    /** @type {{value: T}|null} */
    this.last = null;
    this.sticky = Boolean(how.sticky);
  }

  /** @param {(value: T) => void} listener */
  on(listener) {
    this.listeners.push(listener);
    if (this.last) listener(this.last.value);
  }

  /** @param {T} [value] */
  send(value) {
    if (this.sticky) this.last = { value };
    for (const listener of this.listeners) listener(value);
  }
}

const html = document.documentElement;

/** Raised when a frozen page goes on. @type {Signal<void>} */
export const thawed = new Signal();

export const isFrozen = () => html.classList.contains("is-frozen");
export const isPast = () => html.classList.contains("is-past");

/** Frozen, or behind the presenter, which asks for its own scenes. */
export const isStill = () => isFrozen() || html.classList.contains("is-presenting");

/** While the page is frozen nothing is asked; what was asked meanwhile goes out when it goes on. */
export function freeze(on) {
  html.classList.toggle("is-frozen", on);
  if (!on) thawed.send();
}
