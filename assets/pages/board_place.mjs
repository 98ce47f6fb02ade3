/* Where the price of a tile stands, and how long ago something was. Pure. */

/** Percent from the top of an axis from `low` to `high`; the nearer edge for a price off it. */
export function topOf(price, low, high) {
  return Math.min(100, Math.max(0, (100 * (high - price)) / (high - low)));
}

/** "139 min ago" @param {string} at @param {string} since both ISO times */
export function ago(at, since) {
  const minutes = Math.floor((Date.parse(at) - Date.parse(since)) / 60000);
  return Math.max(0, minutes) + " min ago";
}

/** Which way a price went; empty for none. @param {number|undefined} before @param {number} now */
export function move(before, now) {
  return before === undefined || now === before ? "" : now > before ? "up" : "down";
}
