/* Light and dark: the viewer's choice, or the system's. */
import { config } from "../core/config.mjs";
import { setProps } from "../core/dash.mjs";
import { byId, within } from "../core/dom.mjs";
import { store, stored } from "../core/storage.mjs";

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
  setProps("theme", { data: theme });
}

/** Dash calls this once, for the theme that the page's first script chose. */
export function themeNow() {
  const button = byId("theme-toggle");
  if (button) button.setAttribute("aria-pressed", String(html.dataset.theme === "dark"));
  return html.dataset.theme;
}

darkQuery.addEventListener("change", () => {
  if (!stored(KEY) && config().theme === "system") setTheme(darkQuery.matches ? "dark" : "light");
});

document.addEventListener("click", (event) => {
  if (!within(event, "#theme-toggle")) return;
  const theme = html.dataset.theme === "dark" ? "light" : "dark";
  store(KEY, theme);
  setTheme(theme);
});
