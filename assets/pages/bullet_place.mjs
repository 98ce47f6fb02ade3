/* Where a bullet's mark stands. Pure. */

const REACH_ATR = 2; // BULLET_ATR of components/pages/market/watch_views.py

/** Percent of the width for a level so many ATR from the price: right of the middle above it. */
export function bulletPlace(atr) {
  return 50 - (50 * Math.max(-REACH_ATR, Math.min(REACH_ATR, atr))) / REACH_ATR;
}
