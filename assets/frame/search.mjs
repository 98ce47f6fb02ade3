/* Symbol search: the dialog, its suggestions, and what Enter takes. */
import { put, receive } from "../core/questions.mjs";
import { byId, element, hasModifier, isTyping, within } from "../core/dom.mjs";
import { toSymbol } from "../core/router.mjs";
import { bare, isTicker, notASymbol } from "../core/symbols.mjs";

const ASK_MS = 140;
const ANSWER_MS = 1500; // how long Enter waits for suggestions of what was just typed

let dialog;
let box;
let list;
let message;
/** @type {{symbol: string, name: string}[]} */
let matches = [];
let chosen = -1;
let timer = 0;
let sequence = 0;
let opener = null;
let asked = ""; // text last asked for
let answered = null; // text last answered
let waiting = 0; // Enter was pressed before its answer

function buildDialog() {
  dialog = byId("search");
  box = element("input");
  box.type = "text";
  box.id = "search-box";
  box.autocomplete = "off";
  box.spellcheck = false;
  box.maxLength = 40;
  box.placeholder = "Symbol or company";
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-expanded", "false");
  box.setAttribute("aria-controls", "search-list");
  box.setAttribute("aria-label", "Symbol or company");
  list = element("ul");
  list.id = "search-list";
  list.setAttribute("role", "listbox");
  message = element("p");
  message.className = "search-message";
  message.setAttribute("role", "status");
  byId("search-slot").append(box, list, message);
  box.addEventListener("input", function () {
    clearTimeout(timer);
    clearTimeout(waiting);
    waiting = 0;
    say("");
    chosen = -1;
    timer = window.setTimeout(ask, ASK_MS);
  });
  box.addEventListener("keydown", function (event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (matches.length)
        choose(
          (chosen + (event.key === "ArrowDown" ? 1 : matches.length + (chosen < 0 ? 0 : -1))) %
            matches.length,
        );
    } else if (event.key === "Enter") {
      event.preventDefault();
      accept();
    }
  });
  dialog.addEventListener("click", function (event) {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", function () {
    if (opener) opener.focus();
  });
}
function say(text) {
  message.textContent = text;
}
function ask() {
  const text = box.value.trim();
  sequence += 1;
  asked = text;
  if (!text) {
    answered = text;
    draw([]);
    return;
  }
  put("search", { text, sequence });
}
function draw(found) {
  matches = found;
  list.replaceChildren();
  found.forEach(function (match, i) {
    const item = element("li");
    item.id = "search-option-" + i;
    item.setAttribute("role", "option");
    const symbol = element("b");
    symbol.textContent = match.symbol;
    const name = element("span");
    name.textContent = match.name;
    item.append(symbol, name);
    item.addEventListener("click", function () {
      take(match.symbol);
    });
    list.append(item);
  });
  box.setAttribute("aria-expanded", String(found.length > 0));
  choose(-1);
}
function choose(i) {
  chosen = i;
  [...list.children].forEach((item, k) => item.setAttribute("aria-selected", String(k === i)));
  if (i >= 0) {
    box.setAttribute("aria-activedescendant", "search-option-" + i);
    list.children[i].scrollIntoView({ block: "nearest" });
  } else box.removeAttribute("aria-activedescendant");
}
function take(symbol) {
  dialog.close();
  toSymbol(symbol);
}
function accept() {
  if (chosen >= 0) return take(matches[chosen].symbol);
  const text = bare(box.value);
  if (!text) return;
  if (answered !== box.value.trim() && !waiting) {
    // Enter was faster than the suggestions
    clearTimeout(timer);
    ask();
    waiting = window.setTimeout(() => {
      answered = box.value.trim();
      accept();
    }, ANSWER_MS);
    return;
  }
  clearTimeout(waiting);
  waiting = 0;
  const exact = matches.find((match) => match.symbol === text);
  if (exact || matches.length === 1) return take((exact || matches[0]).symbol);
  if (isTicker(text)) return take(text);
  if (matches.length) return take(matches[0].symbol);
  say(notASymbol(box.value));
}
function open() {
  if (!dialog) buildDialog();
  if (dialog.open) return;
  opener = document.activeElement;
  box.value = "";
  answered = "";
  clearTimeout(waiting);
  waiting = 0;
  say("");
  draw([]);
  dialog.showModal();
  box.focus();
}

/** @type {Map<number, (matches: {symbol: string, name: string}[]) => void>} */
const elsewhere = new Map(); // what others asked for, by their sequence

/** What the source suggests for a text, for others than this dialog. */
export function nearest(text) {
  const own = -1 - elsewhere.size;
  return new Promise((resolve) => {
    elsewhere.set(own, resolve);
    put("search", { text, sequence: own });
  });
}

/* The suggestions for what was asked. */
receive("search", (answer) => {
  const other = elsewhere.get(answer.sequence);
  if (other) other(answer.matches);
  if (!dialog || answer.sequence !== sequence) return;
  answered = asked;
  draw(answer.matches);
  if (!answer.matches.length) say(answer.message);
  if (waiting) accept();
});

document.addEventListener("click", (event) => {
  if (within(event, "[data-open=search]")) open();
  if (within(event, "#search-close")) dialog.close();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || isTyping(event) || hasModifier(event)) return;
  event.preventDefault();
  open();
});
