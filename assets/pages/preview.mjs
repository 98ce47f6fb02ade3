/* Weekly preview: fetches the files, and lets staff write, save and publish. */
import { config } from "../core/page.mjs";
import { byId, element, find, findAll, saveAs, within } from "../core/dom.mjs";
import { send } from "../core/http.mjs";
import { ask } from "../core/questions.mjs";
import { activePage, routed } from "../core/router.mjs";
import { standing } from "../core/staff.mjs";

const editor = () => find(".preview-editor");
const fields = () => findAll(".preview-field textarea");

let draft = null; // what the server holds of the preview on screen
let shownFor = null; // the as-of text it was asked for
let busy = false;

/* Files: fetched, so that what cannot be made is told here and no broken file is saved. */
document.addEventListener("click", async (event) => {
  const link = within(event, "a.preview-file");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  if (link.classList.contains("is-busy")) return;
  link.classList.add("is-busy");
  tell("");
  try {
    const reply = await fetch(link.getAttribute("href"), { credentials: "same-origin" });
    if (!reply.ok) {
      const told = await reply.json().catch(() => ({}));
      throw new Error(told.error || "The server could not make this file.");
    }
    const named = /filename="?([^";]+)/.exec(reply.headers.get("Content-Disposition") || "");
    saveAs(named ? named[1] : "preview." + link.dataset.file, await reply.blob());
  } catch (error) {
    tell(
      error instanceof TypeError
        ? "The server cannot be reached: no file was made."
        : error.message,
    );
  }
  link.classList.remove("is-busy");
});

function tell(sentence) {
  const trouble = find(".preview-trouble");
  if (!trouble) return;
  trouble.textContent = sentence;
  trouble.hidden = !sentence;
}

/* The editor: for staff, and only beside the computed text of the date on screen. */
function asOf() {
  const given = new URLSearchParams(location.search).get("as_of");
  if (given === "live") return "";
  return given || config().as_of || "";
}

async function look() {
  const box = editor();
  if (!box || activePage() !== "preview") return;
  const reading = new URLSearchParams(location.search).has("edition");
  const { staff } = await standing();
  box.hidden = !staff || reading;
  if (box.hidden || (draft && shownFor === asOf())) return;
  if (dirty() && draft) return; // words not saved yet stay where they are
  await load();
}

async function load() {
  build();
  const wanted = asOf();
  try {
    const query = wanted ? "?as_of=" + encodeURIComponent(wanted) : "";
    draft = await send("/preview/draft" + query);
    shownFor = wanted;
    for (const area of fields()) area.value = kept(area);
    find(".preview-editor summary").textContent = "Write for the preview of " + draft.day;
    forget();
    say("");
    versions();
  } catch (error) {
    draft = null;
    say(error.message, true);
  }
  buttons();
}

function build() {
  for (const place of findAll(".preview-field:empty")) {
    const area = element("textarea");
    area.dataset.section = place.dataset.section;
    area.maxLength = 8000;
    area.rows = 4;
    area.addEventListener("input", buttons);
    place.append(area);
  }
}

function kept(area) {
  const key = area.dataset.section;
  return (key === "strategy" ? draft.strategy : draft.sections[key]) || "";
}

function words() {
  const sections = {};
  let strategy = "";
  for (const area of fields()) {
    if (area.dataset.section === "strategy") strategy = area.value;
    else if (area.value.trim()) sections[area.dataset.section] = area.value;
  }
  return { sections, strategy };
}

const dirty = () => Boolean(draft) && fields().some((area) => area.value.trim() !== kept(area));

function say(sentence, wrong) {
  const status = byId("preview-status");
  if (!status) return;
  status.textContent = sentence;
  status.classList.toggle("is-error", Boolean(wrong));
}

function buttons() {
  const newest = draft && draft.versions[0];
  const saver = find('[data-preview="save"]');
  const publisher = find('[data-preview="publish"]');
  if (!saver || !publisher) return;
  saver.disabled = busy || !draft;
  saver.textContent = draft ? "Save as version " + (draft.version + 1) : "Save";
  publisher.disabled = busy || !newest || dirty() || Boolean(newest.published_at);
  publisher.textContent = newest ? "Publish version " + newest.version : "Publish";
}

function versions() {
  const list = byId("preview-versions");
  list.replaceChildren(
    ...draft.versions.map(function (one) {
      const line = element("li");
      const text = element("span");
      text.textContent =
        "Version " +
        one.version +
        ", saved " +
        one.saved +
        (one.published ? ", published " + one.published : ", not published");
      const link = element("a");
      link.href = "/preview/file?form=html&edition=" + encodeURIComponent(one.name);
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = "Open as document";
      line.append(text, link);
      return line;
    }),
  );
}

async function act(what) {
  if (busy || !draft) return;
  busy = true;
  buttons();
  try {
    if (what === "save") await save();
    else await publish();
  } catch (error) {
    say(error.message, true);
  }
  busy = false;
  buttons();
}

async function save() {
  const body = Object.assign(
    { as_of: shownFor || null, session: draft.session, edited: draft.version },
    words(),
  );
  try {
    const told = await send("/preview/draft", body);
    draft = told;
    forget();
    versions();
    say("Saved as version " + told.version + ".");
  } catch (error) {
    const query = shownFor ? "?as_of=" + encodeURIComponent(shownFor) : "";
    const now = await send("/preview/draft" + query).catch(() => null);
    const newer = now && now.session === draft.session && now.version !== draft.version;
    if (!newer) throw error;
    compare(now);
    const advice = "save again to keep yours as version " + (now.version + 1) + ".";
    const sentence = error.message + " Its words stand under yours: " + advice;
    throw new Error(sentence, { cause: error });
  }
}

/* Someone else saved meanwhile: their words are shown under ours, and none is replaced unseen. */
function compare(now) {
  draft = now;
  versions();
  for (const area of fields()) {
    const theirs = kept(area);
    area.parentElement.querySelectorAll(".preview-theirs").forEach((node) => node.remove());
    if (theirs === area.value.trim()) continue;
    const note = element("div");
    note.className = "preview-theirs";
    note.textContent = "In version " + now.version + ": " + (theirs || "(empty)");
    area.parentElement.append(note);
  }
}

function forget() {
  findAll(".preview-theirs").forEach((node) => node.remove());
}

async function publish() {
  const newest = draft.versions[0];
  const told = await send("/preview/publish", { edition: newest.name });
  draft.versions = told.versions;
  versions();
  say("Version " + newest.version + " is published.");
  ask("preview");
}

document.addEventListener("click", (event) => {
  const button = within(event, "[data-preview]");
  if (button) act(button.dataset.preview);
});

window.addEventListener("beforeunload", (event) => {
  if (dirty()) event.preventDefault();
});

routed.on(look);
