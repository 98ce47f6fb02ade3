/* What is said where no row passes the filters: which one of them to drop, and what that shows. */
import { byId, element, find, findAll, make, morph, within } from "../core/dom.mjs";
import { change } from "../core/router.mjs";
import { filtersSet, relaxed } from "./scan_rows.mjs";

/** @typedef {import("./scan_rows.mjs").ScanRow} ScanRow */
/** @typedef {import("./scan_rows.mjs").Filter} Filter */

const ONE = "No name passes this filter.";
const ALL = "No name passes all of these filters.";
const NO_ONE = " To drop a single one of them is not enough.";

/** @param {string} name */
const control = (name) => find('[data-control="scan/' + name + '"]');

/** `Status: under`: a filter as its own control calls it. @param {string} name @param {Filter} filter */
function words(name, filter) {
  const own = control(name);
  if (!own) return name;
  if (own.tagName !== "SELECT") return own.textContent.trim();
  const chosen = findAll("option", own).find((one) => one.value === String(filter[name]));
  return find("span", own.parentElement).textContent + ": " + (chosen || own).textContent;
}

/**
 * Say it, or nothing where rows are shown or there are none.
 * @param {ScanRow[]} rows every row there is
 * @param {Filter} filter
 * @param {number} shown
 */
export function drawNone(rows, filter, shown) {
  const place = byId("scan-none");
  if (!place) return;
  const set = filtersSet(filter);
  place.hidden = shown > 0 || !rows.length || !set.length;
  if (place.hidden) return;
  const single = relaxed(rows, filter);
  const buttons = single.map(({ name, count }) =>
    drop([name], "\u201c" + words(name, filter) + "\u201d", count),
  );
  if (set.length > 1) buttons.push(drop(set, "any filter", rows.length));
  const said = set.length === 1 ? ONE : ALL + (single.length ? "" : NO_ONE);
  morph(place, [element("p", said), ...buttons]);
}

/** @param {string[]} names @param {string} said @param {number} count */
const drop = (names, said, count) =>
  make("button", {
    type: "button",
    class: "quiet",
    text: "Without " + said + ": " + count,
    "data-drop-filters": names.join(","),
  });

document.addEventListener("click", (event) => {
  const button = within(event, "[data-drop-filters]");
  if (!button) return;
  const names = button.dataset.dropFilters.split(",");
  change(Object.fromEntries(names.map((name) => [name, null])));
});
