/* A drop-down of links closes when one is chosen, when the click is elsewhere, or on Escape. */
import { find, findAll, within } from "../core/dom.mjs";

function closePickers(but) {
  for (const menu of findAll("details.picker[open]")) if (menu !== but) menu.open = false;
}

document.addEventListener("click", (event) => {
  closePickers(within(event, "a") ? null : within(event, "details.picker"));
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && find("details.picker[open]");
  if (!menu) return;
  closePickers(null);
  find("summary", menu).focus();
});
