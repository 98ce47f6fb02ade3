/* Date fields: a day written as everywhere on the page, typed or picked, and mirrored into the
   address that holds the state. The browser's own date field would write it in its own way. */
import { element, find, findAll } from "../core/dom.mjs";
import { dayText, dayTyped } from "../core/format.mjs";
import { change, routed } from "../core/router.mjs";

const EARLIEST = "1990-01-02";
const LATEST = "2100-01-01";

/** @typedef {{iso: string}} Day the day that a field holds, empty for none */
/** @type {WeakMap<any, Day>} */
const days = new WeakMap();

/** The day in a field as "2025-01-27", or empty. */
export const dayIn = (input) => (days.get(input) || { iso: "" }).iso;

/** Say why something typed was not taken; the first paint does without what says it. */
export async function refuse(sentence) {
  (await import("../core/say.mjs")).say(sentence);
}

/** Write a day into a field. */
export function showDay(input, iso) {
  days.set(input, { iso });
  input.value = iso ? dayText(iso) : "";
  const picker = input.nextElementSibling;
  if (picker && picker.matches(".day-picker")) picker.value = dayTyped(iso) ? iso : "";
}

/** What was typed counts when Enter is pressed or the field is left, a picked day at once. */
export function onTyped(input, take) {
  let shown = "";
  input.addEventListener("focus", () => (shown = input.value));
  const run = () => {
    if (input.value !== shown) take(input.value);
    shown = input.value;
  };
  input.addEventListener("blur", run);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") run();
  });
}

/**
 * Let a text field hold a day, with the browser's picker behind a button beside it.
 * @param {any} input
 * @param {() => void} commit called with each day that the viewer has chosen
 */
export function holdsDay(input, commit) {
  input.type = "text";
  input.classList.add("day");
  input.placeholder = "27 Jan 2025";
  input.autocomplete = "off";
  const picker = element("input", undefined, "day-picker");
  Object.assign(picker, { type: "date", min: EARLIEST, max: LATEST, tabIndex: -1 });
  picker.setAttribute("aria-hidden", "true");
  const open = element("button", undefined, "day-open");
  open.type = "button";
  open.setAttribute("aria-label", "Pick: " + input.getAttribute("aria-label"));
  open.addEventListener("click", () => picker.showPicker());
  input.after(picker, open);
  const take = (iso) => {
    showDay(input, iso);
    commit();
  };
  picker.addEventListener("change", () => take(picker.value));
  onTyped(input, (text) => {
    const iso = text.trim() ? dayTyped(text) : "";
    if (iso === "" || (iso && iso >= EARLIEST && iso < LATEST)) take(iso);
    else {
      refuse("Not a day: " + text + ". Write it as 27 Jan 2025.");
      showDay(input, dayIn(input));
    }
  });
}

function madeIn(field) {
  const input = element("input");
  input.setAttribute("aria-label", field.dataset.label);
  field.append(input);
  holdsDay(input, () => change({ [field.dataset.name]: dayIn(input) || null }));
  if (field.dataset.empty) input.placeholder = field.dataset.empty;
  return input;
}

routed.on(({ page }) => {
  const params = new URLSearchParams(location.search);
  for (const field of findAll(".date-field")) {
    if (!page || field.dataset.page !== page.key) continue;
    showDay(find(".day", field) || madeIn(field), params.get(field.dataset.name) || "");
  }
});
