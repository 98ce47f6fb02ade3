/* Named lists of symbols. Pure. */

/** @typedef {{name: string, symbols: string}} NamedList */

export const MOST = 12; // MOST_LISTS of analytics/model/own_lists.py
export const LONGEST_NAME = 24; // MOST_NAME there, of a list and of a scan

/** Why a name is refused that is longer than can be kept; "" of others. @param {string} name */
export function tooLong(name) {
  const length = [...name].length;
  if (length <= LONGEST_NAME) return "";
  return "A name has at most " + LONGEST_NAME + " characters; this one has " + length + ".";
}

/** Whether what was kept is a list. @param {any} one @returns {one is NamedList} */
export const listOf = (one) =>
  Boolean(one) && typeof one.name === "string" && typeof one.symbols === "string";

/** @param {NamedList[]} lists @returns {NamedList[]} */
export const without = (lists, name) => lists.filter((list) => list.name !== name);

/** With the list added, in place of the one of its name; the oldest goes when there are too many. */
export function kept(lists, name, symbols) {
  const found = lists.some((list) => list.name === name);
  const made = found
    ? lists.map((list) => (list.name === name ? { name, symbols } : list))
    : [...lists, { name, symbols }];
  return made.slice(-MOST);
}

/**
 * A list in which one symbol stands at another place.
 * @param {string[]} symbols
 * @param {string} symbol
 * @param {number} to its place from 0; one outside the list is its nearer end
 */
export function movedTo(symbols, symbol, to) {
  const rest = symbols.filter((one) => one !== symbol);
  const at = Math.min(rest.length, Math.max(0, to));
  return [...rest.slice(0, at), symbol, ...rest.slice(at)];
}
