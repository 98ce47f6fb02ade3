/* The bar at the top: light and dark, tabs that do not fit, and the status strip. */
import { config } from "../core/page.mjs";
import { byId, find, findAll, within } from "../core/dom.mjs";
import { receive } from "../core/questions.mjs";
import { fill, repaint } from "../core/panels.mjs";
import { routed } from "../core/router.mjs";
import { store, stored } from "../core/storage.mjs";

/* ---- theme: the viewer's choice, or the system's ---- */

const KEY = "holdline-theme"; // read by the page's first script too
const html = document.documentElement;
const darkQuery = window.matchMedia("(prefers-color-scheme: dark)");

function setTheme(theme) {
  html.dataset.theme = theme;
  const button = byId("theme-toggle");
  if (button) {
    button.setAttribute("aria-pressed", String(theme === "dark"));
    button.title = theme === "dark" ? "Use the light theme" : "Use the dark theme";
  }
  repaint();
}

/* What the page's first script chose. */
byId("theme-toggle").setAttribute("aria-pressed", String(html.dataset.theme === "dark"));

darkQuery.addEventListener("change", () => {
  if (!stored(KEY) && config().theme === "system") setTheme(darkQuery.matches ? "dark" : "light");
});

document.addEventListener("click", (event) => {
  if (!within(event, "#theme-toggle")) return;
  const theme = html.dataset.theme === "dark" ? "light" : "dark";
  store(KEY, theme);
  setTheme(theme);
});

/* ---- tabs that do not fit stand in a menu; the one on screen is never among them ---- */

const GAP_PX = 2;

function fitTabs() {
  const bar = find(".tabs-bar");
  if (!bar) return;
  const more = find(".tabs-more", bar);
  const links = findAll(".tabs > a", bar);
  for (const link of links) link.hidden = false;
  more.hidden = false;
  const places = links.map((link) => link.getBoundingClientRect());
  const widths = places.map(
    // with what stands between it and the next: groups are set apart
    (place, i) => (i + 1 < places.length ? places[i + 1].left : place.right + GAP_PX) - place.left,
  );
  const whole = widths.reduce((sum, width) => sum + width, 0);
  const menu = more.getBoundingClientRect().width + 2 * GAP_PX;
  let room = bar.clientWidth - (whole > bar.clientWidth ? menu : 0);
  const current = links.findIndex((link) => link.hasAttribute("aria-current"));
  if (current >= 0) room -= widths[current];
  let full = false;
  links.forEach((link, i) => {
    if (i === current) return;
    full = full || widths[i] > room;
    if (full) link.hidden = true;
    else room -= widths[i];
  });
  const left = links.filter((link) => link.hidden);
  more.hidden = !left.length;
  const copies = left.map((link) => link.cloneNode(true));
  for (const copy of copies) copy.hidden = false;
  find(".menu", more).replaceChildren(...copies);
}

routed.on(fitTabs);
// The bar's neighbours grow too: a past moment has its minute beside its day.
if (find(".tabs-bar")) new ResizeObserver(fitTabs).observe(find(".tabs-bar"));
document.addEventListener("click", (event) => {
  const more = find(".tabs-more[open]");
  if (more && !within(event, ".tabs-more > summary")) more.open = false;
});
document.addEventListener("keydown", (event) => {
  const more = find(".tabs-more[open]");
  if (event.key !== "Escape" || !more) return;
  more.open = false;
  find("summary", more).focus();
});

receive("strip", (content) => fill("strip", content));
