/* A viewer's own events: read from a CSV or ICS file, kept in this browser, shown on the
   calendar and on price charts. The server reads the file and keeps nothing of it. */
import { element, find, findAll } from "../core/dom.mjs";
import { send } from "../core/http.mjs";
import { drawing } from "../core/charts.mjs";
import { painted } from "../core/panels.mjs";
import { discard, store, storedList } from "../core/storage.mjs";

const KEY = "holdline-own-events";
const MOST = 2000;
const DAY = /^\d{4}-\d{2}-\d{2}$/,
  CLOCK = /^(\d{2}:\d{2})?$/;
const FIELDS = ["day", "clock", "title", "symbol", "detail", "source"];
const OWN_MARKS = "own-marks"; // components/figures/event_marks.py
const OWN = { height: 0.95, size: 9 }; // in the marks' row: above the market's
let events = null; // read once, and again when another tab changes them

const sound = (event) =>
  event &&
  FIELDS.every((name) => typeof event[name] === "string" && event[name].length <= 400) &&
  DAY.test(event.day) &&
  CLOCK.test(event.clock) &&
  event.title;
const sameness = (event) =>
  FIELDS.slice(0, 4)
    .map((name) => event[name])
    .join("\u0000");

function kept() {
  if (!events) events = storedList(KEY).filter(sound).slice(0, MOST);
  return events;
}

/** False when this browser does not let a page keep anything: then they last until it is closed. */
function keep(changed) {
  events = changed;
  const stored = changed.length ? store(KEY, JSON.stringify(changed)) : discard(KEY);
  show();
  return stored;
}

function box() {
  return find(".own-events");
}
function say(text) {
  box().querySelector(".own-says").textContent = text;
}

/* The file field, made once. */
function dress(panel) {
  const drop = panel.querySelector(".own-drop");
  if (drop.firstChild) return;
  const label = element("label", "Choose a .csv or .ics file", "own-choose");
  const input = element("input");
  input.type = "file";
  input.accept = ".csv,.ics,.ical,text/csv,text/calendar";
  input.addEventListener("change", function () {
    if (input.files.length) take(input.files[0]);
    input.value = "";
  });
  label.append(input);
  const clear = element("button", "Remove all", "quiet own-clear");
  clear.type = "button";
  clear.addEventListener("click", function () {
    keep([]);
    say("All of your events are removed.");
  });
  drop.append(
    label,
    element("span", "or drop it here", "own-or"),
    clear,
    element("p", "CSV columns: date and title, and if wanted time, symbol, note.", "own-form"),
  );
  panel.addEventListener("dragover", (event) => {
    event.preventDefault();
    panel.classList.add("is-over");
  });
  panel.addEventListener("dragleave", () => panel.classList.remove("is-over"));
  panel.addEventListener("drop", (event) => {
    event.preventDefault();
    panel.classList.remove("is-over");
    if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  });
}

function base64(buffer) {
  const bytes = new Uint8Array(buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192)
    text += String.fromCharCode.apply(null, bytes.subarray(i, i + 8192));
  return btoa(text);
}

async function take(file) {
  const panel = box();
  const largest = Number(panel.dataset.ownLargest);
  tell([]);
  if (file.size > largest) {
    say(file.name + " is larger than " + largest / 1000 + " kB.");
    return;
  }
  say("Reading " + file.name + " \u2026");
  try {
    const content = base64(await file.arrayBuffer());
    const reply = await send(panel.dataset.ownPath, { name: file.name, content });
    add(file.name, reply.events.filter(sound));
    tell(reply.notes);
  } catch (error) {
    say(error.message);
  }
}

function add(name, found) {
  const known = new Set(kept().map(sameness));
  const fresh = found.filter((event) => !known.has(sameness(event)) && known.add(sameness(event)));
  const all = [...kept(), ...fresh].sort((a, b) => (a.day + a.clock < b.day + b.clock ? -1 : 1));
  if (all.length > MOST) {
    say("More than " + MOST + " events: remove some first.");
    return;
  }
  const stored = keep(all);
  const double = found.length - fresh.length;
  say(
    fresh.length +
      (fresh.length === 1 ? " event" : " events") +
      " taken from " +
      name +
      (double ? ", " + double + " known already" : "") +
      "." +
      (stored ? "" : " This browser keeps nothing: they last until the page is closed."),
  );
}

function tell(notes) {
  box()
    .querySelector(".own-notes")
    .replaceChildren(...notes.map((note) => element("li", note)));
}

function words(event) {
  return (
    (event.symbol ? event.symbol + ": " : "") +
    event.title +
    (event.detail ? " (" + event.detail + ")" : "")
  );
}

function list(panel) {
  panel.classList.toggle("has-own", kept().length > 0);
  panel.querySelector(".own-list").replaceChildren(
    ...kept().map((event) => {
      const line = element("li");
      const remove = element("button", "\u00d7", "remove");
      remove.type = "button";
      remove.setAttribute("aria-label", "Remove " + event.title + " of " + event.day);
      remove.addEventListener("click", () => keep(kept().filter((other) => other !== event)));
      line.append(
        element("time", (event.day + " " + event.clock).trim(), "cal-when"),
        element("span", words(event)),
        remove,
      );
      return line;
    }),
  );
}

/* Into the day's own list, which the server leaves empty; a hidden weekend opens for one. */
function intoDays() {
  for (const holder of findAll("[data-own-day]")) {
    const own = kept().filter((event) => event.day === holder.dataset.ownDay);
    const day = holder.closest(".cal-day");
    const today = holder.closest(".cal").dataset.today;
    holder.replaceChildren(
      ...own.map((event) => {
        const line = element(
          "li",
          undefined,
          "cal-event kind-own" + (event.day < today ? " is-past" : ""),
        );
        const first = element("div");
        first.append(element("span", "\u2605 ", "cal-sign"));
        if (event.clock) first.append(element("span", event.clock + " ", "cal-when"));
        first.append(element("span", (event.symbol ? event.symbol + ": " : "") + event.title));
        line.append(first);
        if (event.detail) line.append(element("div", event.detail, "cal-figures"));
        line.append(element("div", "your own, " + event.source, "cal-source"));
        return line;
      }),
    );
    if (
      day.classList.contains("is-weekend") &&
      day.classList.contains("is-empty") &&
      !holder.closest(".is-long")
    ) {
      day.hidden = own.length === 0;
    }
  }
}

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/* One mark a session; an event on a day without one stands at the next. */
function marksFor(data, layout) {
  const price = data.find((trace) => trace.meta === "price");
  const symbol = layout.meta && layout.meta.symbol;
  const days = price ? Array.from(price.x, (x) => String(x).slice(0, 10)) : [];
  const at = new Map();
  for (const event of kept()) {
    if (event.symbol && event.symbol !== symbol) continue;
    if (!days.length || event.day < days[0]) continue;
    const place = days.find((day) => day >= event.day);
    if (!place) continue;
    const text = escaped((event.clock ? event.clock + " " : "") + words(event));
    at.set(place, at.has(place) ? at.get(place) + "<br>" + text : text);
  }
  const x = at.size ? days : []; // a point a session, seen where there is a text, as the server's own
  const text = x.map((day) => at.get(day) || "");
  return {
    x: x,
    text: text,
    y: x.map(() => OWN.height),
    hoverinfo: text.map((told) => (told ? "text" : "none")),
    size: text.map((told) => (told ? OWN.size : 0)),
  };
}

drawing.on((figure) => {
  const own = figure.data.find((trace) => trace.meta === OWN_MARKS);
  if (!own) return;
  const { size, ...columns } = marksFor(figure.data, figure.layout);
  Object.assign(own, columns);
  own.marker.size = size;
});

function ontoCharts() {
  for (const graph of findAll(".js-plotly-plot")) {
    const at = (graph.data || []).findIndex((trace) => trace.meta === OWN_MARKS);
    if (at < 0 || !window.Plotly) continue;
    const marks = marksFor(graph.data, graph.layout);
    window.Plotly.restyle(
      graph,
      {
        x: [marks.x],
        y: [marks.y],
        text: [marks.text],
        hoverinfo: [marks.hoverinfo],
        "marker.size": [marks.size],
      },
      [at],
    );
  }
}

function show() {
  intoPage();
  ontoCharts();
}

painted.on((key) => {
  if (key === "calendar/days") intoPage();
});

function intoPage() {
  const panel = box();
  if (panel) {
    dress(panel);
    list(panel);
  }
  intoDays();
}

window.addEventListener("storage", (event) => {
  if (event.key !== KEY && event.key !== null) return;
  events = null;
  show();
});

show(); // what was painted before this module was here
