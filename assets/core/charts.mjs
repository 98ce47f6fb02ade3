/* Charts: Plotly's bundle when the first is drawn, those in sight first, one a task. */
import { Signal, config } from "./page.mjs";
import { byId, element, find } from "./dom.mjs";
import { EMPTY, fit, keepView, longCandles, paint } from "./figure.mjs";

const html = document.documentElement;
const TYPE_PX = 14;
const FULL_SCALE = 14 / 12; // ticks of 14 pixels

/** Raised with each chart before it is drawn. @type {Signal<import("./figure.mjs").Figure>} */
export const drawing = new Signal();

/** Raised when nothing is left to draw. @type {Signal<void>} */
export const settled = new Signal();

/** @type {Promise<any>|null} */
let loading = null;
/** @type {typeof import("./candles.mjs")} */
let long; // here once a long series is
const drawn = new WeakMap(); // graph -> the revision and the ranges it was last given
const wholes = new WeakMap(); // graph -> its figure with every mark, and what of it is drawn
const sizes = new WeakMap(); // graph -> the size it was last drawn in
/** @type {Map<any, any>} */
const queue = new Map(); // slot -> the figure it is to show, or null
let working = false;

export const palette = () => config().palettes[html.dataset.theme] || {};

/** How much larger letters are than on a desk: with the page's, and alone on the screen. */
function typeScale(slot) {
  const page = parseFloat(getComputedStyle(html).fontSize) / TYPE_PX;
  return (Math.max(1, page) || 1) * (slot.closest(":fullscreen") ? FULL_SCALE : 1);
}

/** Plotly, once its bundle is here. @returns {Promise<any>} */
export function plotly() {
  if (!loading) {
    loading = new Promise((resolve, reject) => {
      const early = byId("plotly-early"); // on its way since the page's first script
      const script = early || element("script");
      script.addEventListener("load", () => resolve(window.Plotly));
      script.addEventListener("error", () => {
        loading = null; // asked for again with the next chart
        reject(new Error("Plotly's bundle could not be loaded."));
      });
      if (window.Plotly) resolve(window.Plotly);
      else if (!early) {
        script.src = config().plotly;
        document.head.append(script);
      }
    });
  }
  return loading;
}

/** Let a slot show a figure; null for an empty one. */
export function show(slot, figure) {
  queue.delete(slot);
  queue.set(slot, figure);
  work();
}

const isShown = (slot) => slot.getClientRects().length > 0;

/** The chart to draw next: the one nearest to the window. What is hidden waits until it is shown. */
function next() {
  let best = null;
  let least = Infinity;
  for (const slot of queue.keys()) {
    if (!isShown(slot)) continue;
    const { top, bottom } = slot.getBoundingClientRect();
    const away = Math.max(0, top - window.innerHeight, -bottom);
    if (away < least) [best, least] = [slot, away];
  }
  return best && { slot: best, inSight: least === 0 };
}

/** A turn of the event loop: the browser paints and answers in between. */
const nextTask = (inSight) =>
  new Promise((resolve) => {
    if (inSight || !window.requestIdleCallback) setTimeout(resolve);
    else requestIdleCallback(resolve, { timeout: 200 });
  });

async function work() {
  if (working || !queue.size) return;
  working = true;
  try {
    const library = await plotly();
    for (let found = next(); found; found = next()) {
      await nextTask(found.inSight);
      if (!queue.has(found.slot)) continue;
      const given = queue.get(found.slot);
      if (given && longCandles(given)) long = await import("./candles.mjs");
      const figure = queue.get(found.slot);
      queue.delete(found.slot);
      draw(library, found.slot, figure);
    }
  } finally {
    working = false;
  }
  settled.send();
}

/** Whether charts in sight wait to be drawn. */
export const drawingNow = () => working;

/** Draw what was waiting for its page to be shown. */
export const drawWaiting = () => work();

/** Draw at once what waits on the page shown. */
export function drawNow() {
  if (!window.Plotly) return;
  for (const [slot, figure] of [...queue]) {
    if (!isShown(slot)) continue;
    queue.delete(slot);
    draw(window.Plotly, slot, figure);
  }
}

/** A figure in this page's colours and letters, as its place has room for it. */
const fitted = (given, slot) =>
  fit(paint(given, palette(), typeScale(slot)), window.innerWidth, slot.clientWidth);

/** @param {any} library Plotly */
function draw(library, slot, given) {
  let graph = find(":scope > .graph", slot);
  if (!graph) {
    if (!given) return;
    graph = element("div", undefined, "graph");
    slot.append(graph);
    resized.observe(slot);
  }
  const fresh = !graph.layout;
  const whole = given ? fitted(given, slot) : EMPTY;
  if (given) drawing.send(whole);
  put(library, graph, whole, Boolean(given));
  if (fresh) graph.on("plotly_relayout", () => zoomed(library, graph));
}

/** What of a figure is drawn at a range of its date axis: equal texts, equal drawings. */
const drawnAs = (whole, range) => (longCandles(whole) ? long.drawnAs(whole, range) : "whole");

/** Draw a figure with as many marks as its range asks for. */
function put(library, graph, whole, keeps) {
  if (keeps) drawn.set(graph, keepView(whole.layout, graph.layout || null, drawn.get(graph)));
  const range = whole.layout.xaxis && whole.layout.xaxis.range;
  wholes.set(graph, { whole, as: drawnAs(whole, range) });
  sizes.set(graph, sizeOf(graph.parentElement));
  const { data, layout } = longCandles(whole) ? long.thinned(whole, range) : whole;
  library.react(graph, data, layout, { ...config().graph, responsive: false });
}

/** The viewer has moved an axis: other marks may be asked for. */
function zoomed(library, graph) {
  const { whole, as } = wholes.get(graph);
  const axis = graph.layout.xaxis;
  if (axis && as !== drawnAs(whole, axis.range)) put(library, graph, whole, true);
}

const sizeOf = (slot) => slot.clientWidth + "x" + slot.clientHeight;

/* A chart follows its place: the window's width, full screen, a page shown in another size. */
const resized = new ResizeObserver((entries) => {
  for (const entry of entries) {
    /** @type {any} */
    const target = entry.target;
    const graph = find(":scope > .graph", target);
    if (!graph || !graph.layout || !isShown(target) || sizes.get(graph) === sizeOf(target))
      continue;
    sizes.set(graph, sizeOf(target));
    window.Plotly.Plots.resize(graph);
  }
});
