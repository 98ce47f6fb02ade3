/* Levels out: the levels of a page as files for charting programs, and at addresses for spreadsheets
   which stay current. The server writes both. */
import { find, findAll, make, saveAs, within } from "../core/dom.mjs";
import { send } from "../core/http.mjs";
import { rememberedOf, routed } from "../core/router.mjs";
import { say } from "../core/say.mjs";
import { hasOwn, signInAddress, standing } from "../core/staff.mjs";
import { fileAddress, fileName, first, formula, linked, wishOf } from "./levels_wish.mjs";

const LINKS = "/levels/links";
const FORMATS = [
  ["pine", "TradingView (Pine v6)", true],
  ["thinkscript", "thinkorswim", true],
  ["ninjatrader", "NinjaTrader", false],
  ["sierra", "Sierra Chart", false],
  ["csv", "Table (CSV)", false],
  ["json", "JSON", false],
];
let asOf = "";

/** @param {HTMLElement} menu */
function wish(menu) {
  const { levelsOut = "", symbols = "", group = "", sets = "", listed } = menu.dataset;
  const page = /** @type {any} */ (menu.closest("section.page") || document);
  const links = listed ? findAll('a[href^="/supports?symbol="]', page) : [];
  const whole = listed && find("[data-listed-symbols]", page); // of which few are drawn
  return wishOf(
    rememberedOf(levelsOut),
    { symbols, group, sets },
    whole
      ? first(whole.dataset.listedSymbols)
      : linked(links.map((link) => link.getAttribute("href"))),
  );
}

/** The file of a format; an Error with the server's sentence. */
async function fetched(menu, format) {
  const reply = await fetch(fileAddress(wish(menu), format, asOf), { credentials: "same-origin" });
  if (reply.ok) return reply;
  const said = await reply.json().catch(() => ({}));
  throw new Error(said.error || "The server could not answer this.");
}

const ACTS = {
  async save(menu, format) {
    const reply = await fetched(menu, format);
    saveAs(fileName(reply.headers.get("Content-Disposition")), await reply.blob());
    return "The levels are saved.";
  },
  async copy(menu, format) {
    const text = fetched(menu, format).then((reply) => reply.text());
    await navigator.clipboard.writeText(await text);
    return "The script is in the clipboard: paste it into the editor.";
  },
  async make(menu) {
    const { list, ...wanted } = wish(menu);
    await show(menu, await send(LINKS, list ? { ...wanted, list } : wanted));
    return "The address is made.";
  },
  async revoke(menu, id) {
    await show(menu, await send(LINKS + "/revoke", { id }));
    return "The address is revoked: nothing is there any more.";
  },
  async address(menu, path) {
    await navigator.clipboard.writeText(location.origin + path);
    return "The address is in the clipboard.";
  },
  async formula(menu, path) {
    await navigator.clipboard.writeText(formula(location.origin + path));
    return "The formula is in the clipboard: paste it into a cell.";
  },
};

const button = (act, value, text, label) =>
  make("button", {
    type: "button",
    class: "quiet",
    "data-levels-act": act,
    "data-levels-value": value,
    text,
    "aria-label": label,
  });

function rowOf([format, name, isScript]) {
  const copy = isScript ? [button("copy", format, "Copy", "Copy for " + name)] : [];
  return make(
    "li",
    {},
    make("span", { text: name }),
    ...copy,
    button("save", format, "Save", "Save for " + name),
  );
}

function linkRow(link) {
  return make(
    "li",
    {},
    make("span", {
      text: link.title,
      title: link.list ? "The list as it stands then" : link.title,
    }),
    button("formula", link.path, "Sheets", "Copy the formula for Google Sheets: " + link.title),
    button("address", link.path, "Copy", "Copy the address: " + link.title),
    button("revoke", link.id, "Revoke", "Revoke the address: " + link.title),
  );
}

async function show(menu, answer) {
  const list = menu.querySelector(".levels-links");
  list.replaceChildren(...answer.links.map(linkRow));
}

async function fill(menu) {
  const body = menu.querySelector(".levels-body");
  const links = make("ul", { class: "levels-links" });
  const place = make("div", { class: "levels-sheets" });
  body.replaceChildren(
    make("ul", { class: "levels-files" }, ...FORMATS.map(rowOf)),
    make("h3", { text: "An address for spreadsheets" }),
    place,
  );
  const who = await standing();
  if (!hasOwn(who)) {
    place.append(
      who.accounts
        ? make("a", { href: signInAddress(), text: "Sign in to make one" })
        : make("p", {
            class: "muted",
            text: "For the owner: open the address printed at the start.",
          }),
    );
    return;
  }
  const about = "CSV that stays current, for IMPORTDATA or a web query. Who has it reads it.";
  place.append(
    make("p", { class: "muted", text: about }),
    button("make", "", "Make an address", "Make an address for these levels"),
    links,
  );
  await show(menu, await send(LINKS).catch(() => ({ links: [] })));
}

document.addEventListener(
  "toggle",
  (event) => {
    const menu = /** @type {any} */ (event.target);
    if (menu.matches?.("details.levels-picker") && menu.open) void fill(menu);
  },
  true,
);
document.addEventListener("click", async (event) => {
  const pressed = within(event, "[data-levels-act]");
  if (!pressed) return;
  const menu = pressed.closest("details.levels-picker");
  pressed.disabled = true;
  try {
    say(await ACTS[pressed.dataset.levelsAct](menu, pressed.dataset.levelsValue));
  } catch (error) {
    say(error instanceof Error && error.message ? error.message : "This could not be done.");
  }
  pressed.disabled = false;
});
for (const menu of findAll("details.levels-picker[open]")) void fill(menu); // opened before this
routed.on((on) => {
  asOf = on.as_of || "";
});
