/* The watchlist stays in this browser: saved when it is typed, put back into a bare address. */
import { routing } from "../core/router.mjs";
import { discard, store, stored } from "../core/storage.mjs";

const KEY = "holdline-watchlist";

/* The address wins. */
routing.on(({ page, params, moved }) => {
  if (!page || !page.takes.includes("symbols")) return;
  if (params.symbols !== undefined) {
    if (!moved) store(KEY, params.symbols);
  } else if (moved) {
    const kept = stored(KEY);
    if (kept) params.symbols = kept;
  } else discard(KEY);
});
