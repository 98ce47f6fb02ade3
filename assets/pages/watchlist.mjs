/* The watchlist stays in this browser: saved when it is typed, put back into a bare address. The
   board shows it too, or the list its address names. */
import { routing } from "../core/router.mjs";
import { discard, store, stored } from "../core/storage.mjs";
import { namedLists } from "./watchlist_store.mjs";

const KEY = "holdline-watchlist";
const ORDER = "holdline-watchlist-order"; // near, or the viewer's own

/* The address wins. */
function keep(params, name, key, moved) {
  if (params[name] !== undefined) {
    if (!moved) store(key, params[name]);
  } else if (moved) {
    const kept = stored(key);
    if (kept) params[name] = kept;
  } else discard(key);
}

function fill(params) {
  if (params.symbols !== undefined) return;
  const named = namedLists().find((list) => list.name === params.list);
  const symbols = named ? named.symbols : params.list === undefined && stored(KEY);
  if (symbols) params.symbols = symbols;
}

routing.on(({ page, params, moved }) => {
  if (page && page.key === "market") {
    keep(params, "symbols", KEY, moved);
    keep(params, "order", ORDER, moved);
  }
  if (page && page.key === "board") fill(params);
  if (page && page.key === "scan" && params.list !== undefined) fill(params);
});
