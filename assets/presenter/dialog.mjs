/* The dialog where lists of scenes are made, kept, shared and started. */
import { element, saveAs, within } from "../core/dom.mjs";
import { send } from "../core/http.mjs";
import { address } from "../core/router.mjs";
import { say } from "../core/say.mjs";
import { standing, whyNot } from "../core/staff.mjs";
import * as lists from "./lists.mjs";
import { enter } from "./show.mjs";

let dialog = null;
let parts = null;
let list = null;
let offered = { shipped: [], saved: [] };
let kept = "";

function button(text, about, action, className) {
  const made = element("button", text, className);
  made.type = "button";
  made.title = about;
  if (text.length < 2) made.setAttribute("aria-label", about);
  made.addEventListener("click", () => attempt(action));
  return made;
}

/* What a person can mend is said in one sentence. */
async function attempt(action) {
  try {
    await action();
  } catch (error) {
    say(error.message);
  }
}

function blank() {
  const names = new Set(lists.mine().map((one) => one.name));
  let name = "My scenes";
  for (let i = 2; names.has(name); i += 1) name = "My scenes " + i;
  return { name: name, scenes: [] };
}

/* Every edit is kept at once; the name it is kept under follows the field. */
function keep() {
  list = lists.keep(list, kept);
  kept = list.name;
}

/* ---- choosing a list ---- */

function fillChoice() {
  const select = parts.choice;
  select.replaceChildren();
  const group = (label, offers, kind) => {
    if (!offers.length) return;
    const set = document.createElement("optgroup");
    set.label = label;
    offers.forEach((one, i) => {
      const option = element("option", one.name + " (" + one.scenes.length + ")");
      option.value = kind + i;
      set.append(option);
    });
    select.append(set);
  };
  const first = element("option", "Open a list …");
  first.value = "";
  select.append(first);
  group("This browser", lists.mine(), "mine ");
  group("This server", offered.saved, "saved ");
  group("Examples", offered.shipped, "shipped ");
  const fresh = element("option", "New list");
  fresh.value = "new";
  select.append(fresh);
}

function choose(value) {
  if (!value) return;
  const [kind, at] = value.split(" ");
  if (kind === "new") open(blank(), "");
  else if (kind === "mine") open(lists.mine()[Number(at)], null);
  else open(lists.check(offered[kind][Number(at)]), "");
}

/* before: the name it is kept under here; null: its own; "": not kept yet. */
function open(wanted, before) {
  list = structuredClone(wanted);
  kept = before === null ? wanted.name : before;
  draw();
}

async function load() {
  const body = await send("/scenes.json");
  const good = (given) =>
    given.flatMap((one) => {
      try {
        return [lists.check(one)];
      } catch {
        return [];
      }
    });
  offered = { shipped: good(body.shipped), saved: good(body.saved) };
  if (body.note) say(body.note);
}

/* ---- the list itself ---- */

function field(tag, value, label, longest, change) {
  const made = element(tag);
  made.value = value;
  made.maxLength = longest;
  made.placeholder = label;
  made.setAttribute("aria-label", label);
  made.addEventListener("change", () =>
    attempt(() => {
      change(made.value);
      keep();
    }),
  );
  return made;
}

function move(i, by) {
  const [scene] = list.scenes.splice(i, 1);
  list.scenes.splice(i + by, 0, scene);
  keep();
  drawScenes();
  const again = parts.body.children[i + by].querySelectorAll(".scene-tools button")[by < 0 ? 0 : 1];
  (again.disabled ? parts.body.children[i + by].querySelector("input") : again).focus();
}

function row(scene, i) {
  const made = element("div", undefined, "scene");
  const fields = element("div", undefined, "scene-fields");
  fields.append(
    field("input", scene.title, "Heading above the finding (optional)", 200, (value) => {
      scene.title = value;
    }),
    field("textarea", scene.notes, "Notes for the speaker", 4000, (value) => {
      scene.notes = value;
    }),
    element("span", lists.label(scene), "scene-of"),
  );
  const tools = element("div", undefined, "scene-tools");
  const up = button("↑", "Move scene " + (i + 1) + " up", () => move(i, -1));
  const down = button("↓", "Move scene " + (i + 1) + " down", () => move(i, 1));
  up.disabled = i === 0;
  down.disabled = i === list.scenes.length - 1;
  tools.append(
    up,
    down,
    button("▷", "Present from scene " + (i + 1), () => enter(list, i)),
    button("×", "Remove scene " + (i + 1), () => {
      list.scenes.splice(i, 1);
      keep();
      drawScenes();
    }),
  );
  made.append(element("b", String(i + 1)), fields, tools);
  return made;
}

function drawScenes() {
  parts.body.replaceChildren(...list.scenes.map(row));
  if (!list.scenes.length)
    parts.body.append(
      element(
        "p",
        "No scenes yet. “Add to scenes” under any chart or card adds it here; or open an example above.",
        "scenes-empty",
      ),
    );
  parts.start.disabled = !list.scenes.length;
}

function draw() {
  fillChoice();
  parts.name.value = list.name;
  drawScenes();
}

/* ---- out and in ---- */

function download() {
  const name = list.name.replace(/[^\w-]+/g, "-").toLowerCase() + ".scenes.json";
  saveAs(name, lists.toText(list), "application/json");
}

function upload() {
  const input = element("input");
  input.type = "file";
  input.accept = ".json,application/json";
  input.addEventListener("change", () =>
    attempt(async () => {
      open(lists.parse(await input.files[0].text()), "");
      keep();
      draw();
    }),
  );
  input.click();
}

async function copyLink() {
  const link = location.origin + "/#scenes=" + (await lists.encode(list));
  try {
    await navigator.clipboard.writeText(link);
    say("The link to “" + list.name + "” is copied; it holds the notes too.");
  } catch {
    window.prompt("Copy this link:", link);
  }
}

/* Only staff save. */
async function requireStaff() {
  const who = await standing(true);
  if (!who.staff) throw new Error(whyNot(who));
}

async function save() {
  await requireStaff();
  const answer = await send("/scenes.json", {
    edited: list.version || 0,
    list: JSON.parse(lists.toText(list)),
  });
  list.version = answer.version;
  keep();
  await load();
  fillChoice();
  say("Saved on the server as version " + answer.version + " of “" + answer.name + "”.");
}

function remove() {
  if (kept && !window.confirm("Remove “" + list.name + "” from this browser?")) return;
  if (kept) lists.forget(kept);
  open(lists.mine()[0] || blank(), lists.mine().length ? null : "");
}

function build() {
  dialog = element("dialog");
  dialog.id = "scenes";
  dialog.setAttribute("aria-label", "Scenes");
  const head = element("div", undefined, "scenes-head"),
    foot = element("div", undefined, "scenes-foot"),
    named = element("div", undefined, "scenes-head");
  parts = { choice: element("select"), body: element("div", undefined, "scenes-body") };
  parts.choice.setAttribute("aria-label", "Lists of scenes");
  parts.choice.addEventListener("change", () => attempt(() => choose(parts.choice.value)));
  parts.name = field("input", "", "Name of the list", 80, (value) => {
    if (!value.trim()) {
      parts.name.value = list.name;
      throw new Error("A list of scenes needs a name.");
    }
    list.name = value.trim();
    delete list.version;
  });
  parts.name.className = "scenes-name";
  parts.start = button("Start", "Present this list", () => enter(list, 0), "primary");
  head.append(
    element("h2", "Scenes"),
    parts.choice,
    button("×", "Close", () => dialog.close()),
  );
  named.append(parts.name, parts.start);
  foot.append(
    button("Save on the server", "So that this list can be opened on another machine", save),
    button("Copy link", "A link that holds this list", copyLink),
    button("Export", "This list as a JSON file", download),
    button("Import", "A list from a JSON file", upload),
    button("Remove", "Remove this list from this browser", remove, "push"),
  );
  dialog.append(head, named, parts.body, foot);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
}

/** Opens the dialog, with a list that a link brought or with the one used last. */
export async function openScenes(brought) {
  if (!dialog) build();
  const mine = lists.mine();
  if (brought) open(brought, "");
  else if (!list) open(mine[0] || blank(), mine.length ? null : "");
  else draw();
  if (!dialog.open) dialog.showModal();
  await attempt(async () => {
    await load();
    if (!brought && !mine.length && !list.scenes.length && offered.shipped.length)
      open(offered.shipped[0], "");
    else fillChoice();
  });
}

/** Add a view to the list used last. */
export function addScene(scene) {
  attempt(() => {
    const mine = lists.mine();
    if (!list || !kept) {
      list = mine[0] || blank();
      kept = mine.length ? list.name : "";
    }
    list.scenes.push({
      link: scene.link,
      panel: scene.panel,
      title: scene.title || "",
      notes: scene.notes || "",
    });
    keep();
    say("Added to “" + list.name + "” as scene " + list.scenes.length + ".");
  });
}

document.addEventListener("click", (event) => {
  const at = (selector) => within(event, selector);
  if (at("#scenes-open")) openScenes();
  const tool = at('[data-action="scene"]');
  if (tool) addScene({ link: address(), panel: tool.closest("[data-panel]").dataset.panel });
});
