/* Bullets of the watch tables: the mark moves with the price, its level stands in the middle. */
import { findAll } from "../core/dom.mjs";
import { isPast } from "../core/page.mjs";
import { ticked } from "../core/live.mjs";
import { liveValue } from "../core/live_values.mjs";
import { shownPart } from "../core/router.mjs";

const REACH_ATR = 2; // BULLET_ATR of components/pages/market/watch_views.py

/** The mark's place for a level so many ATR from the price: right of the middle above the level. */
export function bulletPlace(atr) {
  return 50 - (50 * Math.max(-REACH_ATR, Math.min(REACH_ATR, atr))) / REACH_ATR;
}

ticked.on((snapshot) => {
  if (isPast()) return;
  for (const bullet of findAll("[data-bullet]", shownPart())) {
    const now = liveValue(bullet.dataset.bullet, snapshot.quotes);
    const mark = bullet.firstElementChild;
    if (!mark || !now || typeof now.value !== "number") continue;
    mark.style.left = bulletPlace(now.value).toFixed(1) + "%";
    mark.className = "bullet-mark is-" + (now.value <= 0 ? "above" : "under");
  }
});
