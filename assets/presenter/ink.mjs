/* The pointer and the pen. Strokes are kept a scene each, in parts of the picture's own size, so
   that they stay where they were drawn on another screen; they are there until cleared. */
import { element } from "../core/dom.mjs";
import { changed, show, shownFrame, stage } from "./state.mjs";

const KEY = "holdline-ink";
const MOST_POINTS = 20000;
let canvas = null;
let dot = null;
let stroke = null;

function stored() {
  try {
    const raw = JSON.parse(sessionStorage.getItem(KEY) || "{}");
    return new Map(Object.entries(raw));
  } catch {
    return new Map();
  }
}
const ink = stored(); // scene key -> strokes, each a list of [x, y] in parts of the picture

function keep() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(ink)));
  } catch {
    /* full or private: kept for this visit */
  }
}

const keyNow = () => shownFrame().key;

function strokes() {
  const found = ink.get(keyNow());
  return Array.isArray(found) ? found : [];
}

function box() {
  return stage().content.getBoundingClientRect();
}

function at(event) {
  const area = box();
  return [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
}

function drawInk() {
  if (!show() || !canvas) return;
  const ratio = window.devicePixelRatio || 1,
    area = box();
  canvas.width = window.innerWidth * ratio;
  canvas.height = window.innerHeight * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
  pen.lineWidth = Math.max(4, area.height / 110);
  pen.lineCap = pen.lineJoin = "round";
  for (const line of [...strokes(), ...(stroke ? [stroke] : [])]) {
    pen.beginPath();
    line.forEach(([x, y], i) => {
      const to = [area.left + x * area.width, area.top + y * area.height];
      if (i) pen.lineTo(...to);
      else pen.moveTo(...to);
    });
    if (line.length === 1)
      pen.lineTo(area.left + line[0][0] * area.width + 0.1, area.top + line[0][1] * area.height);
    pen.stroke();
  }
}

export function clearInk() {
  ink.delete(keyNow());
  keep();
  drawInk();
}

function start(event) {
  if (event.button) return;
  stroke = [at(event)];
  canvas.setPointerCapture(event.pointerId);
  drawInk();
}
function move(event) {
  if (!stroke || stroke.length >= MOST_POINTS) return;
  stroke.push(at(event));
  drawInk();
}
function end() {
  if (!stroke) return;
  ink.set(keyNow(), [...strokes(), stroke]);
  stroke = null;
  keep();
  drawInk();
}

/** Lay the paper and the pointer over a stage. */
export function addInk(nodes) {
  canvas = element("canvas", undefined, "stage-ink");
  canvas.setAttribute("aria-hidden", "true");
  dot = element("div", undefined, "stage-laser");
  canvas.addEventListener("pointerdown", start);
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  nodes.root.append(canvas, dot);
  nodes.root.addEventListener("pointermove", (event) => {
    dot.style.transform = "translate(" + event.clientX + "px," + event.clientY + "px)";
  });
}

changed.on((now) => {
  const nodes = stage();
  if (!now || !nodes) {
    stroke = null;
    return;
  }
  nodes.root.classList.toggle("is-drawing", now.drawing);
  nodes.root.classList.toggle("is-pointing", now.laser);
  nodes.root.classList.toggle("is-helping", now.help);
  drawInk();
});
