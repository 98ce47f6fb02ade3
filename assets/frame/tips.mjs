/* Tooltips of terms: inside the window, and on focus too. */
import { element, findAll, within } from "../core/dom.mjs";

const AWAY_PX = 6;
const EDGE_PX = 8;
let tip = null;

function showTip(target) {
  hideTip();
  tip = element("div", target.dataset.tip);
  tip.id = "tip";
  tip.setAttribute("role", "tooltip");
  (document.fullscreenElement || document.body).append(tip);
  const at = target.getBoundingClientRect();
  const rightmost = window.innerWidth - tip.offsetWidth - EDGE_PX;
  const below = at.bottom + AWAY_PX + tip.offsetHeight < window.innerHeight;
  tip.style.left = Math.min(Math.max(EDGE_PX, at.left), rightmost) + "px";
  tip.style.top = (below ? at.bottom + AWAY_PX : at.top - tip.offsetHeight - AWAY_PX) + "px";
  target.setAttribute("aria-describedby", "tip");
}

function hideTip() {
  if (!tip) return;
  for (const node of findAll("[aria-describedby=tip]")) node.removeAttribute("aria-describedby");
  tip.remove();
  tip = null;
}

for (const kind of ["mouseover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const target = within(event, "[data-tip]");
    if (target) showTip(target);
    else hideTip();
  });
}
document.addEventListener("focusout", hideTip);
document.addEventListener("scroll", hideTip, true);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hideTip();
});
