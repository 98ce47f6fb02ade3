/* What the server says of itself in the page's html. */

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
 * @property {Record<string, unknown>} graph
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
