/* Which levels leave a page, and at which address. Pure. */

/**
 * @typedef {Object} Wish
 * @property {string} symbols comma-separated
 * @property {string} list the watchlist they are from, or empty
 * @property {string} groups
 * @property {string} own
 * @property {string} sets
 * @property {string} since
 */

/**
 * What a page shows: the symbols that it lists, else those of its address, else its usual ones.
 * @param {Record<string, any>} params of the page
 * @param {{symbols: string, group: string, sets: string}} usual of the page
 * @param {string[]} listed symbols that the page lists
 * @returns {Wish}
 */
export function wishOf(params, usual, listed) {
  const symbols = listed.join(",") || params.symbols || params.symbol || usual.symbols;
  const one = !symbols.includes(",");
  return {
    symbols,
    list: params.list || "",
    groups: usual.group,
    own: (one && !usual.group && params.own) || "",
    sets: params.sets === undefined ? usual.sets : params.sets,
    since: params.since || "",
  };
}

const MOST = 100; // of a sheet, as the server takes them

/** The symbols that links lead to on Supports, each once. @param {string[]} hrefs */
export function linked(hrefs) {
  const found = hrefs.map((href) => new URLSearchParams(href.split("?")[1]).get("symbol") || "");
  return [...new Set(found.filter(Boolean))].slice(0, MOST);
}

/** The symbols of a list, as many as a sheet takes. @param {string} text comma-separated */
export const first = (text) => text.split(",").filter(Boolean).slice(0, MOST);

/**
 * @param {Wish} wish
 * @param {string} format
 * @param {string} asOf "" for now
 */
export function fileAddress(wish, format, asOf) {
  const given = Object.entries({ format, ...wish, list: "", as_of: asOf }).filter(
    ([, value]) => value,
  );
  return "/levels?" + new URLSearchParams(given).toString().replaceAll("%2C", ",");
}

/** The name that a reply's headers give its file. @param {string|null} disposition */
export function fileName(disposition) {
  const found = /filename="([^"]+)"/.exec(disposition || "");
  return found ? found[1] : "holdline-levels.txt";
}

/** The formula that reads an address in Google Sheets. @param {string} address */
export const formula = (address) => '=IMPORTDATA("' + address + '")';
