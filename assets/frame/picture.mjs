/* A picture of a panel: the panel as it stands, in an SVG with the page's own style, drawn into a
   canvas with a caption. The browser renders it as it rendered the page; nothing is fetched. */
import { findAll } from "../core/dom.mjs";
import { wrapped } from "./share_words.mjs";

const SVG = "http://www.w3.org/2000/svg";
const SCALE = 2; // pixels of the picture a pixel of the page
const MARGIN = 16;
const LINE = 18;
const LEFT_OUT =
  ".panel-tools, .as-table, .tile .bell, .row-tools, .handle, .meter[role], .sr-only";
const html = document.documentElement;

/** Every rule of the page, Plotly's too. */
function rules() {
  return [...document.styleSheets]
    .flatMap((sheet) => {
      try {
        return [...sheet.cssRules];
      } catch {
        return []; // of another origin: an extension's
      }
    })
    .map((rule) => rule.cssText)
    .join("\n");
}

/** The panel without what is pressed, inside the elements it stands in, which take no room. */
function copyOf(panel, width, height) {
  const copy = panel.cloneNode(true);
  for (const node of findAll(LEFT_OUT, copy)) node.remove();
  copy.style.cssText += `;width:${width}px;height:${height}px;margin:0;border-color:transparent;border-radius:0`;
  let outer = copy;
  for (let place = panel.parentElement; place; place = place.parentElement) {
    const shell = place.cloneNode(false);
    shell.removeAttribute("hidden");
    shell.style.cssText = "display:contents";
    shell.append(outer);
    outer = shell;
  }
  return outer;
}

/** An SVG as large as the window, so that the style's rules for screens hold as on the page. */
function drawing(panel, width, height) {
  const root = document.createElementNS(SVG, "svg");
  const sides = { width: Math.max(window.innerWidth, width), height };
  for (const [name, value] of Object.entries(sides)) root.setAttribute(name, String(value));
  for (const { name, value } of html.attributes) {
    if (name.startsWith("data-") || name === "class") root.setAttribute(name, value);
  }
  root.setAttribute("style", `font-size:${getComputedStyle(html).fontSize};background:none`);
  const style = document.createElementNS(SVG, "style");
  style.textContent = rules();
  const holder = document.createElementNS(SVG, "foreignObject");
  for (const [name, value] of Object.entries(sides)) holder.setAttribute(name, String(value));
  holder.append(copyOf(panel, width, height));
  root.append(style, holder);
  return new XMLSerializer().serializeToString(root);
}

async function imageOf(xml) {
  const image = new Image();
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(xml);
  await image.decode();
  return image;
}

const colour = (name) => getComputedStyle(html).getPropertyValue(name).trim();

/** The caption's lines as they fit, and the height that they take. */
function setCaption(pen, caption, width) {
  pen.font = "12px " + getComputedStyle(document.body).fontFamily;
  const widthOf = (text) => pen.measureText(text).width;
  return caption.lines.flatMap((line) => wrapped(line, width - 2 * MARGIN, widthOf));
}

/**
 * @param {HTMLElement} panel on screen
 * @param {{mark: string, lines: string[]}} caption
 * @returns {Promise<Blob>} a PNG
 */
export async function pictureOf(panel, caption) {
  const { width, height } = panel.getBoundingClientRect();
  const image = await imageOf(drawing(panel, width, height));
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  const lines = setCaption(pen, caption, width);
  const top = caption.mark ? LINE + MARGIN / 2 : 0;
  const whole = top + height + lines.length * LINE + MARGIN;
  canvas.width = Math.round(width * SCALE);
  canvas.height = Math.round(whole * SCALE);
  pen.scale(SCALE, SCALE);
  pen.fillStyle = colour("--panel");
  pen.fillRect(0, 0, width, whole);
  if (caption.mark) {
    pen.fillStyle = colour("--warn");
    pen.fillRect(0, 0, width, top);
  }
  pen.drawImage(image, 0, top);
  pen.fillStyle = colour("--panel");
  pen.fillRect(0, top + height, width, whole); // the drawing may be longer than its panel
  setCaption(pen, caption, width); // a canvas forgets its font with its size
  pen.textBaseline = "middle";
  pen.fillStyle = colour("--panel");
  pen.font = pen.font.replace("12px", "600 12px");
  if (caption.mark) pen.fillText(caption.mark, MARGIN, top / 2);
  setCaption(pen, caption, width);
  pen.fillStyle = colour("--ink3");
  lines.forEach((line, i) => pen.fillText(line, MARGIN, top + height + LINE * (i + 0.5)));
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png");
  });
}
