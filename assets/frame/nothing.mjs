/* One state for a page of which nothing can be shown: what is not there, and what to do. */
import { byId, element, find, make } from "../core/dom.mjs";
import { nearTexts, wholePage } from "../core/nothing.mjs";
import { absencesOf } from "../core/panels.mjs";
import { pulseSoon, received } from "../core/questions.mjs";
import { activePage, change, rememberedOf, routed, toSymbol } from "../core/router.mjs";

/** @typedef {import("../core/nothing.mjs").Nothing} Nothing */

const MOST_NEAR = 5;
const DAYS =
  "A day such as 24 Jan 2025, or a minute of one, since 2 Jan 1990. Addresses write them " +
  "2025-01-24 and 2025-01-24T10:00.";
let shown = ""; // page and sentence on screen

function button(text, act) {
  const made = element("button", text, "quiet");
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

/** Buttons of the symbols nearest to one that there is not, as they come. */
async function offerNear(holder, symbol) {
  const { nearest } = await import("./search.mjs");
  const offered = new Set();
  for (const text of nearTexts(symbol)) {
    for (const match of await nearest(text)) {
      const isNear = text === symbol || match.symbol.startsWith(text);
      if (!isNear || offered.has(match.symbol) || offered.size === MOST_NEAR) continue;
      offered.add(match.symbol);
      const near = button(match.symbol, () => toSymbol(match.symbol));
      near.title = match.name;
      holder.lastElementChild.before(near);
    }
    if (offered.size === MOST_NEAR) return;
  }
}

function again() {
  const actions = element("p");
  actions.append(
    button("Try again", () => pulseSoon()),
    make("button", { type: "button", class: "quiet", "data-open": "health", text: "Data health" }),
  );
  return actions;
}

/** @type {Record<string, (nothing: Nothing) => {title: string, says?: string, actions: any}>} */
const KINDS = {
  symbol: ({ asked }) => {
    const actions = element("p");
    actions.append(
      make("button", { type: "button", class: "quiet", "data-open": "search", text: "Search" }),
    );
    offerNear(actions, asked);
    return { title: "There is no symbol " + asked + " here", actions };
  },
  moment: ({ asked }) => {
    const actions = element("p");
    actions.append(
      button("Now", () => change({ as_of: null })),
      button("The newest session by the minute", () => byId("replay-start").click()),
      button("Choose a day", () => find(".day-open", byId("as-of-slot")).click()),
    );
    return { title: "“" + asked + "” is no day or minute", says: DAYS, actions };
  },
  chain: () => {
    const actions = again();
    const help = { href: "/help/importing", text: "How to collect or import chains" };
    actions.append(make("a", help));
    return { title: "There is no option chain", actions };
  },
  other: () => ({ title: "Nothing can be shown", actions: again() }),
};

function look() {
  const page = activePage();
  const section = page && byId("page-" + page);
  if (!section) return;
  const nothing = wholePage(absencesOf(page), rememberedOf(page));
  const key = nothing ? page + nothing.sentence : "";
  if (key === shown && Boolean(find(":scope > .nothing-here", section)) === Boolean(nothing))
    return;
  shown = key;
  section.classList.toggle("is-nothing", Boolean(nothing));
  const before = find(":scope > .nothing-here", section);
  if (before) before.remove();
  if (!nothing) return;
  const { title, says, actions } = KINDS[nothing.kind](nothing);
  const said = element("div", undefined, "nothing-here");
  said.setAttribute("role", "status");
  said.append(element("h2", title), element("p", says || nothing.sentence), actions);
  section.append(said);
}

received.on(look);
routed.on(look);
