/* Bullets of the watch tables: the mark moves with the price, its level stands in the middle. */
import { findAll } from "../core/dom.mjs";
import { isPast } from "../core/page.mjs";
import { ticked } from "../core/live.mjs";
import { liveValue } from "../core/live_values.mjs";
import { shownPart } from "../core/router.mjs";
import { bulletPlace } from "./bullet_place.mjs";

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
