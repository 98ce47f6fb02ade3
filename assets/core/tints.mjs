/* What shows that a value has changed: the digits of a price for an instant, a status for longer. */
import { firstChange } from "./live_values.mjs";

const DIGITS_MS = 400;
const FLASH_MS = 2000;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Tint the digits of a price that have changed. A highlight adds no element and moves nothing.
 * @param {any} node its text is the new one already
 * @param {string} before
 * @param {"up"|"down"} way
 */
export function tintDigits(node, before, way) {
  const text = node.firstChild;
  const named = window.CSS && CSS["highlights"];
  if (!named || !text || stillness.matches) return;
  const range = new StaticRange({
    startContainer: text,
    startOffset: firstChange(before, text.data),
    endContainer: text,
    endOffset: text.data.length,
  });
  if (!named.has(way)) named.set(way, new window["Highlight"]());
  const tinted = named.get(way);
  tinted.add(range);
  setTimeout(() => tinted.delete(range), DIGITS_MS);
}

/** Flash a status that has changed. */
export function flash(node) {
  if (stillness.matches) return;
  const from = { outline: "2px solid var(--ink)", outlineOffset: "1px" };
  node.animate([from, { ...from, outlineColor: "transparent" }], { duration: FLASH_MS });
}
