/* Lists of scenes: what is accepted as one, how a link carries it, where this browser keeps it. */
import { find } from "../core/dom.mjs";
import { pageAt, stateFor } from "../core/router.mjs";
import { store, storedList } from "../core/storage.mjs";

export const FORMAT = "holdline-scenes";
const KEY = "holdline-scenes";
const LIMIT = { name: 80, title: 200, notes: 4000, link: 2000, panel: 81 };
const MOST_SCENES = 60;
const MOST_LISTS = 100;
const LONGEST_TEXT = 400000;
const LONGEST_LINK = 60000;
const LINK = /^\/[a-z-]*(\?[\w.,=&%^+~:-]*)?$/,
  PANEL = /^[a-z-]{1,40}\/[a-z0-9-]{1,40}$/;

function refuse(sentence) {
  throw new Error(sentence);
}

function text(raw, name) {
  const value = raw[name] === undefined ? "" : raw[name];
  if (typeof value !== "string" || value.length > LIMIT[name]) {
    refuse("A scene list's " + name + " is a text of at most " + LIMIT[name] + " characters.");
  }
  return value.trim();
}

/* Where a scene leads: its page and the state that the server is asked with. */
export function place(from) {
  const [path, search] = from.link.split("?");
  const page = pageAt(path);
  if (
    !page ||
    from.panel.split("/")[0] !== page.key ||
    !find('[data-panel="' + from.panel + '"]')
  ) {
    refuse("A scene leads to a panel that is not here.");
  }
  return { page: page, state: stateFor(page, search ? "?" + search : "") };
}

function scene(raw) {
  if (!raw || typeof raw !== "object") refuse("A scene is not a set of named values.");
  const made = {
    link: text(raw, "link"),
    panel: text(raw, "panel"),
    title: text(raw, "title"),
    notes: text(raw, "notes"),
  };
  if (!LINK.test(made.link)) refuse("A scene's link is not the address of a page here.");
  if (!PANEL.test(made.panel)) refuse("A scene does not name a panel.");
  place(made);
  return made;
}

/* As analytics/model/scene_lists.py reads it: a list of our own making from whatever was given. */
export function check(raw) {
  if (!raw || typeof raw !== "object" || raw.format !== FORMAT)
    refuse("This is not a list of scenes.");
  const name = text(raw, "name");
  if (!name) refuse("A list of scenes needs a name.");
  if (!Array.isArray(raw.scenes) || raw.scenes.length > MOST_SCENES)
    refuse("A list holds at most " + MOST_SCENES + " scenes.");
  const made = { format: FORMAT, name: name, scenes: raw.scenes.map(scene) };
  if (Number.isInteger(raw.version)) made.version = raw.version;
  return made;
}

export function parse(source) {
  if (source.length > LONGEST_TEXT) refuse("This list of scenes is too long.");
  let raw;
  try {
    raw = JSON.parse(source);
  } catch {
    refuse("This is not a list of scenes.");
  }
  return check(raw);
}

export function toText(list) {
  return JSON.stringify({ format: FORMAT, name: list.name, scenes: list.scenes });
}

/* A link: "0." and the JSON, or "1." and the JSON deflated; both base64url. */
const SHORT = 300;

async function through(bytes, stream) {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const parts = [];
  for (let size = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    size += value.length;
    if (size > LONGEST_TEXT) {
      reader.cancel();
      refuse("This list of scenes is too long.");
    }
    parts.push(value);
  }
}

export async function encode(list) {
  const plain = new TextEncoder().encode(toText(list));
  const deflates = plain.length > SHORT && "CompressionStream" in window;
  const bytes = deflates ? await through(plain, new CompressionStream("deflate-raw")) : plain;
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return (
    (deflates ? "1." : "0.") +
    btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")
  );
}

export async function decode(code) {
  if (code.length > LONGEST_LINK || !/^[01]\.[\w-]+$/.test(code))
    refuse("This link does not hold a list of scenes.");
  let source;
  try {
    const letters = atob(code.slice(2).replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const plain =
      code[0] === "1" ? await through(bytes, new DecompressionStream("deflate-raw")) : bytes;
    source = new TextDecoder("utf-8", { fatal: true }).decode(plain);
  } catch {
    refuse("This link does not hold a list of scenes.");
  }
  return parse(source);
}

/** This browser's own lists, newest first. What cannot be read is left where it is. */
export function mine() {
  return storedList(KEY).flatMap((one) => {
    try {
      return [check(one)];
    } catch {
      return [];
    }
  });
}

function storeAll(lists) {
  if (lists.length > MOST_LISTS) {
    refuse("This browser keeps " + MOST_LISTS + " lists already: remove one first.");
  }
  if (!store(KEY, JSON.stringify(lists))) {
    refuse("This browser does not keep anything: export the list as a file.");
  }
}

const named = (one) => one && one.name;

/** Keep a list, in place of the one called `before`. */
export function keep(list, before) {
  const made = check({ format: FORMAT, ...list });
  const others = storedList(KEY).filter((one) => ![made.name, before].includes(named(one)));
  storeAll([made, ...others]);
  return made;
}

export function forget(name) {
  storeAll(storedList(KEY).filter((one) => named(one) !== name));
}

/** "Supports · SPY · price": what a scene shows, for who edits the list. */
export function label(one) {
  const { page, state } = place(one);
  const asked = Object.entries(state).filter(([name]) => name !== "as_of");
  const moment = state.as_of ? ["as of " + state.as_of] : [];
  const panel = one.panel.split("/")[1].replace(/-/g, " ");
  return [page.name, ...asked.map(([, value]) => value.slice(0, 40)), panel, ...moment].join(" · ");
}
