/* Saved scans: each a name and the view it stands for; kept in this browser, and with an account. */
import { byId, make, within } from "../core/dom.mjs";
import { activePage, rememberedOf } from "../core/router.mjs";
import { say } from "../core/say.mjs";
import { ownChanged, store, storedList } from "../core/storage.mjs";
import {
  LONGEST_NAME,
  alertQuery,
  keptScans,
  lostBy,
  queryOf,
  scanName,
  scanOf,
} from "./scan_names.mjs";

const PAGE = "scan";
const KEY = "holdline-scans";

/** @returns {import("./scan_names.mjs").SavedScan[]} */
export const savedScans = () => storedList(KEY).filter(scanOf);

function keep(scans) {
  store(KEY, JSON.stringify(scans));
  ownChanged.send(KEY);
}

/** Draw the links, and what saves or forgets the scan on screen. */
export function drawSaved() {
  const place = byId("scan-saved");
  if (!place || activePage() !== PAGE) return;
  const here = queryOf(rememberedOf(PAGE));
  const all = savedScans();
  const saved = all.find((scan) => scan.query === here);
  const links = all.map(({ name, query }) =>
    make("a", {
      class: "watchlist-name",
      href: "/scan" + (query ? "?" + query : ""),
      text: name,
      ...(query === here ? { "aria-current": "true" } : {}),
    }),
  );
  const field = make("input", {
    type: "text",
    class: "field",
    placeholder: "Name this scan",
    "aria-label": "Name of the scan",
    maxlength: String(LONGEST_NAME),
  });
  const save = make("button", { type: "submit", class: "quiet", text: "Save scan" });
  const form = make("form", { class: "scan-save" }, field, save);
  const forget = make("button", {
    type: "button",
    class: "quiet",
    text: "Forget " + (saved ? saved.name : ""),
    "data-forget-scan": saved ? saved.name : "",
  });
  const alert = make("a", {
    class: "quiet",
    href: "/alerts?" + alertQuery(rememberedOf(PAGE)) + "#alert-forms",
    text: "Alert me on this scan",
  });
  place.replaceChildren(...links, saved ? forget : form, alert);
}

document.addEventListener("submit", (event) => {
  const form = within(event, ".scan-save");
  if (!form) return;
  event.preventDefault();
  const name = scanName(form.querySelector("input").value);
  const query = queryOf(rememberedOf(PAGE));
  if (!name) return say("A name of the scan is wanted.");
  const lost = lostBy(savedScans(), name, query);
  keep(keptScans(savedScans(), name, query));
  say(("\u201c" + name + "\u201d is saved. " + lost).trim());
  drawSaved();
});

document.addEventListener("click", (event) => {
  const button = within(event, "[data-forget-scan]");
  if (!button) return;
  keep(savedScans().filter((scan) => scan.name !== button.dataset.forgetScan));
  drawSaved();
});

ownChanged.on((key) => {
  if (key === KEY) drawSaved();
});
