/* Lists of scenes: what is accepted as one, how a link carries it, where this browser keeps it. */
(function () {
  "use strict";
  const H = (window.holdline = window.holdline || {});
  const FORMAT = "holdline-scenes";
  const KEY = "holdline-scenes";
  const LIMIT = { name: 80, title: 200, notes: 4000, link: 2000, panel: 81 };
  const MOST_SCENES = 60, MOST_LISTS = 100, LONGEST_TEXT = 400000, LONGEST_LINK = 60000;
  const LINK = /^\/[a-z-]*(\?[\w.,=&%^+~:-]*)?$/, PANEL = /^[a-z-]{1,40}\/[a-z0-9-]{1,40}$/;

  function refuse(sentence) { throw new Error(sentence); }

  function text(raw, name) {
    const value = raw[name] === undefined ? "" : raw[name];
    if (typeof value !== "string" || value.length > LIMIT[name]) {
      refuse("A scene list's " + name + " is a text of at most " + LIMIT[name] + " characters.");
    }
    return value.trim();
  }

  /* Where a scene leads: its page and the state that the server is asked with. */
  function place(scene) {
    const [path, search] = scene.link.split("?");
    const page = H.view.pageAt(path);
    if (!page || scene.panel.split("/")[0] !== page.key || !document.querySelector('[data-panel="' + scene.panel + '"]')) {
      refuse("A scene leads to a panel that is not here.");
    }
    return { page: page, state: H.view.stateFor(page, search ? "?" + search : "") };
  }

  function scene(raw) {
    if (!raw || typeof raw !== "object") refuse("A scene is not a set of named values.");
    const made = { link: text(raw, "link"), panel: text(raw, "panel"), title: text(raw, "title"), notes: text(raw, "notes") };
    if (!LINK.test(made.link)) refuse("A scene's link is not the address of a page here.");
    if (!PANEL.test(made.panel)) refuse("A scene does not name a panel.");
    place(made);
    return made;
  }

  /* As analytics/model/scene_lists.py reads it: a list of our own making from whatever was given. */
  function check(raw) {
    if (!raw || typeof raw !== "object" || raw.format !== FORMAT) refuse("This is not a list of scenes.");
    const name = text(raw, "name");
    if (!name) refuse("A list of scenes needs a name.");
    if (!Array.isArray(raw.scenes) || raw.scenes.length > MOST_SCENES) refuse("A list holds at most " + MOST_SCENES + " scenes.");
    const made = { format: FORMAT, name: name, scenes: raw.scenes.map(scene) };
    if (Number.isInteger(raw.version)) made.version = raw.version;
    return made;
  }

  function parse(source) {
    if (source.length > LONGEST_TEXT) refuse("This list of scenes is too long.");
    let raw;
    try { raw = JSON.parse(source); } catch (error) { refuse("This is not a list of scenes."); }
    return check(raw);
  }

  function toText(list) {
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
      if (size > LONGEST_TEXT) { reader.cancel(); refuse("This list of scenes is too long."); }
      parts.push(value);
    }
  }

  async function encode(list) {
    const plain = new TextEncoder().encode(toText(list));
    const deflates = plain.length > SHORT && "CompressionStream" in window;
    const bytes = deflates ? await through(plain, new CompressionStream("deflate-raw")) : plain;
    let letters = "";
    for (const byte of bytes) letters += String.fromCharCode(byte);
    return (deflates ? "1." : "0.") + btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  async function decode(code) {
    if (code.length > LONGEST_LINK || !/^[01]\.[\w-]+$/.test(code)) refuse("This link does not hold a list of scenes.");
    let source;
    try {
      const letters = atob(code.slice(2).replace(/-/g, "+").replace(/_/g, "/"));
      const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
      const plain = code[0] === "1" ? await through(bytes, new DecompressionStream("deflate-raw")) : bytes;
      source = new TextDecoder("utf-8", { fatal: true }).decode(plain);
    } catch (error) {
      refuse("This link does not hold a list of scenes.");
    }
    return parse(source);
  }

  /* This browser's own lists, newest first. What cannot be read is left where it is. */
  function kept() {
    try {
      const raw = JSON.parse(localStorage.getItem(KEY) || "[]");
      return Array.isArray(raw) ? raw : [];
    } catch (error) { return []; }
  }

  function mine() {
    return kept().flatMap((one) => { try { return [check(one)]; } catch (error) { return []; } });
  }

  function store(lists) {
    if (lists.length > MOST_LISTS) refuse("This browser keeps " + MOST_LISTS + " lists already: remove one first.");
    try { localStorage.setItem(KEY, JSON.stringify(lists)); } catch (error) {
      refuse("This browser does not keep anything: export the list as a file.");
    }
  }

  const named = (one) => one && one.name;

  function keep(list, before) {
    const made = check(Object.assign({ format: FORMAT }, list));
    store([made, ...kept().filter((other) => named(other) !== made.name && named(other) !== before)]);
    return made;
  }

  function forget(name) { store(kept().filter((other) => named(other) !== name)); }

  H.scenes = Object.assign(H.scenes || {}, { check: check, parse: parse, toText: toText, encode: encode, decode: decode, mine: mine, keep: keep, forget: forget, place: place, format: FORMAT });

  /* "Supports · SPY · price": what a scene shows, for who edits the list. */
  H.scenes.label = function (one) {
    const { page, state } = place(one);
    const asked = Object.entries(state).filter(([name]) => name !== "as_of").map(([, value]) => value.slice(0, 40));
    return [page.name, ...asked, one.panel.split("/")[1].replace(/-/g, " "), ...(state.as_of ? ["as of " + state.as_of] : [])].join(" · ");
  };

  /* One sentence at the foot of the window, for a while. */
  let line = null, fading = 0;
  H.say = function (sentence) {
    if (!line) {
      line = H.painter.element("p", "", "say");
      line.setAttribute("role", "status");
      document.body.append(line);
    }
    const open = document.querySelector("dialog[open]");
    (open || document.body).append(line);
    line.textContent = sentence;
    clearTimeout(fading);
    fading = setTimeout(() => line.remove(), 7000);
  };
})();
