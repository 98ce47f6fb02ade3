/* Several watchlists, each under a name: kept in this browser; the one on screen is in the link. */
import { byId, make, within } from "../core/dom.mjs";
import { change, rememberedOf, routed } from "../core/router.mjs";
import { say } from "../core/say.mjs";
import { kept, tooLong, without } from "./watchlist_names.mjs";
import { keepLists, namedLists } from "./watchlist_store.mjs";

const PLACE = "watchlists";

const shown = () => rememberedOf("market").symbols || "";

function draw() {
  const place = byId(PLACE);
  if (!place) return;
  const all = namedLists();
  const here = shown();
  const chips = all.map(({ name, symbols }) =>
    make("button", {
      type: "button",
      class: "quiet watchlist-name",
      text: name,
      title: symbols,
      "data-watchlist": symbols,
      "aria-pressed": String(symbols === here),
    }),
  );
  const saved = all.find((list) => list.symbols === here);
  const field = make("input", {
    type: "text",
    class: "field",
    placeholder: "Name this list",
    "aria-label": "Name of the watchlist",
  });
  const save = make("button", { type: "submit", class: "quiet", text: "Save list" });
  const form = make("form", { class: "watchlist-save" }, field, save);
  const remove = make("button", {
    type: "button",
    class: "quiet",
    text: "Forget " + (saved ? saved.name : ""),
    "data-forget": saved ? saved.name : "",
  });
  place.replaceChildren(...chips, ...(saved ? [remove] : here ? [form] : []));
}

document.addEventListener("click", (event) => {
  const chip = within(event, "[data-watchlist]");
  if (chip) change({ symbols: chip.dataset.watchlist });
  const forget = within(event, "[data-forget]");
  if (forget) {
    keepLists(without(namedLists(), forget.dataset.forget));
    draw();
  }
});

document.addEventListener("submit", (event) => {
  const form = within(event, ".watchlist-save");
  if (!form) return;
  event.preventDefault();
  const name = form.querySelector("input").value.trim();
  if (tooLong(name)) return say(tooLong(name));
  if (name && shown()) keepLists(kept(namedLists(), name, shown()));
  draw();
});

routed.on((route) => {
  if (route.page && route.page.key === "market") draw();
});
