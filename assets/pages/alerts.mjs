/* The alerts page: rules to set, where they are sent, and what became of each message. */
import { byId, find, findAll, make, within } from "../core/dom.mjs";
import { send } from "../core/http.mjs";
import { painted } from "../core/panels.mjs";
import { ask } from "../core/questions.mjs";
import { activePage, routed } from "../core/router.mjs";
import { hasOwn, hasPro, signInAddress, standing, whyNot } from "../core/staff.mjs";
import { notASymbol } from "../core/symbols.mjs";
import { notified } from "../frame/toasts.mjs";
import { drawChannels, nameOf } from "./alert_channels.mjs";
import { lookHere } from "./alert_push.mjs";
import { cancelled, editIn, leaveRemoved, ruleForm, worked } from "./alert_forms.mjs";
import { drawPreferences } from "./alert_quiet.mjs";
import { namedLists } from "./watchlist_store.mjs";

const html = document.documentElement;
const PAGE = "alerts";
const REFRESH_MS = 5000;

let mine = null;
let filledBy = null; // the address whose symbol and level, or price, stand in the forms
let scannedBy = ""; // and whose scan

/* "50" of older links is its 50-DMA. */
const wantedLevel = (named) => (/^\d+$/.test(named) ? named + "-DMA" : named);

/* The symbol and the level that the address names stand in the forms. */
function prefill() {
  const params = new URLSearchParams(location.search);
  if (filledBy !== location.search && find("#alert-forms form")) {
    filledBy = location.search;
    prefillLevel(params);
  }
  prefillScan(params);
}

function sayWrong(say, words) {
  if (!say) return;
  say.classList.add("is-error");
  say.textContent = words;
}

/* Once an address: what somebody has typed or chosen since stands. */
function prefillLevel(params) {
  const symbol = params.get("symbol") || "SPY",
    price = params.get("price"),
    level = price ? String(null) : wantedLevel(params.get("level") || "");
  const wrong = notASymbol(symbol);
  for (const box of findAll("#alert-forms [data-symbol]"))
    box.value = symbol.slice(0, box.maxLength);
  if (wrong) sayWrong(find("#alert-forms form:has([data-symbol]) output"), wrong);
  const day = /\((\d{4}-\d{2}-\d{2})\)$/.exec(level); // a VWAP anchored at a day of one's own
  const chosen = day ? level.replace(day[1], "{day}") : level;
  for (const box of findAll("#alert-forms select[name=at]")) {
    if (![...box.options].some((option) => option.value === chosen)) continue;
    box.value = chosen;
    box.dispatchEvent(new Event("change"));
  }
  for (const box of findAll("#alert-forms input[name=at]")) if (day) box.value = day[1];
  const field = price && find("#alert-forms [name=level]");
  if (!field) return;
  field.value = price;
  field.form.scrollIntoView({ block: "center" });
}

/* The scan that "Alert me on this scan" names, once an address. */
function prefillScan(params) {
  const form = find("#alert-forms [data-form=scan]");
  if (!form || !location.hash || scannedBy === location.search) return;
  scannedBy = location.search;
  for (const box of findAll("select", form)) {
    const wanted = params.get(box.name) || (box.name === "universe" ? "sp500" : "");
    if ([...box.options].some((option) => option.value === wanted)) box.value = wanted;
  }
  for (const box of findAll("input[type=checkbox]", form)) box.checked = params.has(box.name);
  form.scrollIntoView({ block: "center" });
}

function drawDeliveries() {
  if (!mine) return;
  for (const cell of findAll("[data-notice]")) {
    const states = mine.deliveries[cell.dataset.notice] || [];
    const text = JSON.stringify(states);
    if (cell.dataset.drawn === text) continue;
    cell.dataset.drawn = text;
    cell.replaceChildren(...(states.length ? states.map(stateLine) : ["this page"]));
  }
}
function stateLine(delivery) {
  return make(
    "span",
    { class: "delivery is-" + delivery.state },
    make("b", { text: nameOf(delivery.channel) + " " }),
    make("span", {
      text:
        delivery.text + (delivery.error && delivery.state !== "sent" ? ": " + delivery.error : ""),
    }),
    make("small", { text: delivery.target }),
  );
}

async function refresh() {
  const own = hasOwn(await standing());
  if (own) mine = await send("/alerts/mine").catch(() => mine);
  if (own) await lookHere();
  const slot = byId("alert-channels");
  if (slot) drawChannels(slot, mine);
  if (slot && mine) drawPreferences(slot);
  drawDeliveries();
  ask(PAGE);
}

/* In place of the forms. */
function notOwn(who) {
  if (!who.accounts) return make("p", { class: "absence", text: whyNot(who) });
  const link = make("a", { href: signInAddress(), text: "Sign in" });
  return make("p", { class: "absence" }, link, " to set rules and channels of your own.");
}

function rules(forms, who) {
  const lists = who.accounts ? namedLists() : [];
  return JSON.parse(forms.dataset.kinds).map((kind) => ruleForm(kind, lists, hasPro(who)));
}

async function dress() {
  const forms = byId("alert-forms");
  if (!forms || activePage() !== PAGE) return;
  prefill();
  if (forms.dataset.dressed) {
    drawDeliveries();
    return;
  }
  forms.dataset.dressed = "1";
  const who = await standing();
  html.classList.toggle("is-own", hasOwn(who));
  const offered = hasOwn(who) ? rules(forms, who) : [notOwn(who)];
  forms.append(...offered);
  prefill();
  await refresh();
}

/* Buttons of a rule: the attribute that holds its id, and where it is sent. */
const DOES = {
  removeRule: "/alerts/rules/remove",
  pauseRule: "/alerts/rules/pause",
  resumeRule: "/alerts/rules/resume",
};

async function change(button) {
  const [what, path] = Object.entries(DOES).find(([name]) => name in button.dataset);
  try {
    await send(path, { id: button.dataset[what] });
    if (what === "removeRule") leaveRemoved(findAll("#alert-forms form"), button.dataset[what]);
    await refresh();
  } catch (error) {
    button.title = error.message;
  }
}

function edit(button) {
  const rule = JSON.parse(button.dataset.editRule);
  const form = find("#alert-forms [data-form=" + rule.fields.kind + "]");
  const words = button.getAttribute("aria-label").replace(/^Edit: /, "");
  if (form) editIn(form, rule, words);
}

document.addEventListener("click", (event) => {
  const button = within(event, "[data-remove-rule], [data-pause-rule], [data-resume-rule]");
  if (button) change(button);
  const opener = within(event, "[data-edit-rule]");
  if (opener) edit(opener);
});

/* Back to the row whose edit was given up. */
cancelled.on((id) => {
  const rows = findAll("[data-edit-rule]");
  const row = rows.find((button) => JSON.parse(button.dataset.editRule).id === id);
  if (row) row.focus();
});

worked.on(refresh);
notified.on(() => {
  if (activePage() === PAGE) refresh();
});
routed.on(dress);
painted.on((key) => {
  if (key.startsWith(PAGE + "/")) dress();
});
setInterval(() => {
  if (!document.hidden && mine && activePage() === PAGE) refresh();
}, REFRESH_MS);
