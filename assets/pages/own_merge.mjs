/* What a browser held and what an account holds, joined: the account's wins. Pure. */
import { MOST as MOST_LEVELS } from "./own_level_list.mjs";
import { MOST_SCANS, scanOf } from "./scan_names.mjs";
import { MOST as MOST_LISTS, listOf } from "./watchlist_names.mjs";

/** How many there are of lists, or of symbols with levels. @param {any} held */
export const counted = (held) => (held ? Object.keys(held).length : 0);

/** @param {import("./watchlist_names.mjs").NamedList[]} theirs @param {any} mine */
export function allLists(theirs, mine) {
  const own = Array.isArray(mine) ? mine.filter(listOf) : [];
  const fresh = own.filter((one) => !theirs.some((list) => list.name === one.name));
  return [...theirs, ...fresh].slice(0, MOST_LISTS);
}

/** @param {import("./scan_names.mjs").SavedScan[]} theirs @param {any} mine */
export function allScans(theirs, mine) {
  const own = Array.isArray(mine) ? mine.filter(scanOf) : [];
  const fresh = own.filter((one) => !theirs.some((scan) => scan.name === one.name));
  return [...theirs, ...fresh].slice(0, MOST_SCANS);
}

/** @param {Record<string, number[]>} theirs @param {Record<string, number[]>} mine */
export function allLevels(theirs, mine) {
  const joined = { ...theirs };
  for (const [symbol, prices] of Object.entries(mine || {})) {
    const all = [...new Set([...(theirs[symbol] || []), ...prices])];
    joined[symbol] = all.slice(0, MOST_LEVELS).sort((a, b) => b - a);
  }
  return joined;
}
