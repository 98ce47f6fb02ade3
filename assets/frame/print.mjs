/* On paper: the light theme, charts that fit the paper, and where the page is from at its foot. */
import { drawNow } from "../core/charts.mjs";
import { element, find, findAll } from "../core/dom.mjs";
import { repaint } from "../core/panels.mjs";
import { address, shownPart } from "../core/router.mjs";

const html = document.documentElement;
let theme = ""; // on screen, while the page is printed in the light one

const drawings = () => findAll(".js-plotly-plot .main-svg", shownPart());

function inTheme(wanted) {
  if (html.dataset.theme === wanted) return;
  html.dataset.theme = wanted;
  repaint();
  drawNow(); // paper does not wait
}

window.addEventListener("beforeprint", () => {
  theme = html.dataset.theme;
  inTheme("light");
  // as wide on paper as their place there, whatever they measure on screen
  for (const svg of drawings()) {
    const [width, height] = [svg.getAttribute("width"), svg.getAttribute("height")];
    svg.setAttribute("viewBox", "0 0 " + width + " " + height);
  }
  const foot = find(".page-foot");
  let line = find(".printed", foot);
  if (!line) foot.append((line = element("span", "", "printed")));
  line.textContent = location.origin + (address() || "/");
});
window.addEventListener("afterprint", () => {
  for (const svg of drawings()) svg.removeAttribute("viewBox");
  if (theme) inTheme(theme);
});
