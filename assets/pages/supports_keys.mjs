/* Keys of the Supports page: 1 to 4 the average studied, a an alert on it, r a replay of the session. */
import { byId, find, findAll, hasModifier, isTyping } from "../core/dom.mjs";
import { activePage, go, rememberedOf } from "../core/router.mjs";

const PAGE = "supports";
const LEVELS = '[data-control="supports/level"] input';
const USUAL = "SPY";

function level(at) {
  const radio = findAll(LEVELS)[at];
  if (radio) radio.click();
}

function alertOn() {
  const chosen = find(LEVELS + ":checked");
  const symbol = rememberedOf(PAGE).symbol || USUAL;
  const studied = chosen ? "&level=" + chosen.value : ""; // none while another level is studied
  go("/alerts?symbol=" + encodeURIComponent(symbol) + studied);
}

document.addEventListener("keydown", (event) => {
  if (activePage() !== PAGE || isTyping(event) || hasModifier(event)) return;
  if (find("dialog[open], .stage, :popover-open")) return;
  if (/^[1-4]$/.test(event.key)) level(Number(event.key) - 1);
  else if (event.key === "a") alertOn();
  else if (event.key === "r") byId("replay-start").click();
});
