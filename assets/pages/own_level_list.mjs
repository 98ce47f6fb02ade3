/* Own levels: prices by symbol, and where a pointer is on a price axis. Pure. */

/** @typedef {Record<string, number[]>} OwnLevels by symbol, the highest first */

export const MOST = 12; // of one symbol: MOST of analytics/studies/supports/own_levels.py
const NEAR_PX = 6;

const isPrice = (value) => typeof value === "number" && value >= 1e-4 && value <= 1e8;

/** What was kept as text. @param {string|null} text @returns {OwnLevels} */
export function read(text) {
  /** @type {OwnLevels} */
  const found = {};
  let raw;
  try {
    raw = JSON.parse(text || "{}");
  } catch {
    return found;
  }
  for (const [symbol, prices] of Object.entries(raw || {})) {
    const sound = Array.isArray(prices) ? ranked(prices.filter(isPrice)) : [];
    if (sound.length) found[symbol] = sound.slice(0, MOST);
  }
  return found;
}

const ranked = (prices) => [...new Set(prices)].sort((a, b) => b - a);

/** @param {number[]} prices @param {number} price */
export const added = (prices, price) =>
  isPrice(price) && (prices.length < MOST || prices.includes(price))
    ? ranked([...prices, price])
    : prices;

/** @param {number[]} prices @param {number} price */
export const without = (prices, price) => prices.filter((one) => one !== price);

/** @param {number[]} prices @param {number} from @param {number} to */
export const moved = (prices, from, to) =>
  isPrice(to) ? ranked(prices.map((one) => (one === from ? to : one))) : prices;

/** As it is written: in cents, and small prices more finely. @param {number} price */
export const rounded = (price) => Number(price.toFixed(price < 10 ? 4 : 2));

/**
 * @typedef {Object} PriceAxis
 * @property {number} top of the plot, in pixels of the window
 * @property {number} height
 * @property {[number, number]} range as Plotly has it: logarithms of prices on a `log` axis
 * @property {boolean} log
 */

/** The price at a height of the window. @param {PriceAxis} axis @param {number} y */
export function priceAt(axis, y) {
  const [low, high] = axis.range;
  const value = high - ((y - axis.top) / axis.height) * (high - low);
  return axis.log ? 10 ** value : value;
}

/** The height of a price. @param {PriceAxis} axis @param {number} price */
export function heightOf(axis, price) {
  const [low, high] = axis.range;
  const value = axis.log ? Math.log10(price) : price;
  return axis.top + ((high - value) / (high - low)) * axis.height;
}

/** The price whose line is under the pointer, or undefined. @param {PriceAxis} axis @param {number[]} prices @param {number} y */
export function under(axis, prices, y) {
  const away = (price) => Math.abs(heightOf(axis, price) - y);
  const [nearest] = [...prices].sort((a, b) => away(a) - away(b));
  return nearest !== undefined && away(nearest) <= NEAR_PX ? nearest : undefined;
}
