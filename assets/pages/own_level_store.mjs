/* Own levels stay in this browser, by symbol; an address that names some shows those. */
import { routing } from "../core/router.mjs";
import { ownChanged, store, stored } from "../core/storage.mjs";
import { read } from "./own_level_list.mjs";

const KEY = "holdline-own-levels";
const PAGE = "supports";
const USUAL = "SPY";

/** The symbol a page's parameters name. */
export const symbolIn = (params) => (params.symbol || USUAL).toUpperCase();

/** @param {string} symbol @returns {number[]} */
export const ownLevels = (symbol) => read(stored(KEY))[symbol] || [];

/** Keep a symbol's levels; false when they last only as long as the page. @param {number[]} prices */
export function keepLevels(symbol, prices) {
  const lasts = store(KEY, JSON.stringify({ ...read(stored(KEY)), [symbol]: prices }));
  ownChanged.send(KEY);
  return lasts;
}

routing.on(({ page, params }) => {
  if (!page || page.key !== PAGE || params.own !== undefined) return;
  const own = ownLevels(symbolIn(params));
  if (own.length) params.own = own.join(",");
});
