/* The named watchlists that this browser keeps. */
import { ownChanged, store, storedList } from "../core/storage.mjs";
import { listOf } from "./watchlist_names.mjs";

const KEY = "holdline-watchlists";

/** @returns {import("./watchlist_names.mjs").NamedList[]} */
export const namedLists = () => storedList(KEY).filter(listOf);

/** @param {import("./watchlist_names.mjs").NamedList[]} lists */
export function keepLists(lists) {
  store(KEY, JSON.stringify(lists));
  ownChanged.send(KEY);
}
