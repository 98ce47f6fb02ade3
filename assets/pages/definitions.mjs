/* Definitions: the list narrows while typing. */
import { byId, find, findAll } from "../core/dom.mjs";

function filterTerms(box) {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const entry of findAll("[data-terms]")) {
    const hit = words.every((word) => entry.dataset.terms.includes(word));
    entry.hidden = !hit;
    shown += hit ? 1 : 0;
  }
  for (const group of findAll(".terms-group")) {
    group.hidden = !find("[data-terms]:not([hidden])", group);
  }
  const count = shown + (shown === 1 ? " term" : " terms");
  byId("terms-count").textContent = shown ? count : "No term matches “" + box.value + "”.";
}

document.addEventListener("input", (event) => {
  const box = /** @type {HTMLInputElement} */ (event.target);
  if (box.id === "terms-filter") filterTerms(box);
});
