/* Saved scans: each a name and the view it stands for; kept in this browser, and with an account. */
import { byId, make, within } from "../core/dom.mjs";
import { activePage, rememberedOf } from "../core/router.mjs";
import { say } from "../core/say.mjs";
import { ownChanged, store, storedList } from "../core/storage.mjs";
import {
  alertQuery,
  keptScans,
  lostBy,
  nameFault,
  queryOf,
  renameFault,
  renamed,
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
  const alert = make("a", {
    class: "quiet",
    href: "/alerts?" + alertQuery(rememberedOf(PAGE)) + "#alert-forms",
    text: "Alert me on this scan",
  });
  place.replaceChildren(...links, nameForm(saved), ...(saved ? [forgetButton(saved)] : []), alert);
}

/** The field of the name; of a scan that is saved, to name it otherwise. */
function nameForm(saved) {
  const field = make("input", {
    type: "text",
    class: "field",
    placeholder: "Name this scan",
    "aria-label": "Name of the scan",
    value: saved ? saved.name : "",
  });
  const text = saved ? "Rename" : "Save scan";
  const button = make("button", { type: "submit", class: "quiet", text });
  const form = make("form", { class: "scan-save" }, field, button);
  if (saved) form.dataset.rename = saved.name;
  return form;
}

const forgetButton = ({ name }) =>
  make("button", {
    type: "button",
    class: "quiet",
    text: "Forget " + name,
    "data-forget-scan": name,
  });

/** What is said of a name that was typed; what can be saved is. */
function save(name) {
  const fault = nameFault(name);
  if (fault) return fault;
  const query = queryOf(rememberedOf(PAGE));
  const lost = lostBy(savedScans(), name, query);
  keep(keptScans(savedScans(), name, query));
  return ("\u201c" + name + "\u201d is saved. " + lost).trim();
}

/** The same of another name for a scan that is saved. */
function rename(from, to) {
  const fault = renameFault(savedScans(), from, to);
  if (fault) return fault;
  keep(renamed(savedScans(), from, to));
  return from === to
    ? "That is its name."
    : "\u201c" + from + "\u201d is now \u201c" + to + "\u201d.";
}

document.addEventListener("submit", (event) => {
  const form = within(event, ".scan-save");
  if (!form) return;
  event.preventDefault();
  const name = scanName(form.querySelector("input").value);
  const from = form.dataset.rename;
  say(from ? rename(from, name) : save(name));
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
