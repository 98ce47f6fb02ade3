/* Elements: making them, changing what differs, listening for all of a kind. */

import { withDays } from "./format.mjs";

/** The first element that matches, or null. @returns {any} */
export const find = (selector, root = document) => root.querySelector(selector);

/** @returns {any[]} */
export const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];

/** @returns {any} */
export const byId = (id) => document.getElementById(id);

/** @returns {any} */
export function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

/** What an event happened in, of that kind; null when it was elsewhere. @returns {any} */
export const within = (event, selector) =>
  event.target.closest ? event.target.closest(selector) : null;

/** Whether keys go into a field. */
export const isTyping = (event) =>
  /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;

/** Whether a click or key press is meant for the browser itself. */
export const hasModifier = (event) => event.metaKey || event.ctrlKey || event.altKey;

const SAVED_MS = 10000; // by then the browser has read the file
const NAMES = { className: "class", htmlFor: "for", tabIndex: "tabindex", colSpan: "colspan" };

/** Components as the server describes them -> nodes, outside React. @returns {Node[]} */
export function build(node) {
  if (node === null || node === undefined || typeof node === "boolean") return [];
  if (Array.isArray(node)) return node.flatMap(build);
  if (typeof node !== "object") return [document.createTextNode(withDays(String(node)))];
  const made = document.createElement(node.type.toLowerCase());
  for (const [name, value] of Object.entries(node.props)) {
    if (name === "children" || value === null || value === undefined) continue;
    if (name === "style") dressStyle(made, value);
    else if (typeof value === "boolean" && !name.includes("-")) {
      if (value) made.setAttribute(name, "");
    } else made.setAttribute(NAMES[name] || name, value);
  }
  made.append(...build(node.props.children));
  return [made];
}

function dressStyle(node, style) {
  for (const [key, text] of Object.entries(style)) {
    if (key.startsWith("--")) node.style.setProperty(key, text);
    else node.style[key] = text;
  }
}

/** Change what differs and keep the rest, so that nothing jumps, scrolls or loses focus. */
export function morph(parent, wanted) {
  const have = [...parent.childNodes];
  wanted.forEach((node, i) => {
    const old = have[i];
    if (!old) parent.append(node);
    else if (old.nodeType !== node.nodeType || old.nodeName !== node.nodeName) {
      old.replaceWith(node);
    } else if (old.nodeType === Node.TEXT_NODE) writeText(old, node.data);
    else {
      morphAttributes(old, node);
      morph(old, [...node.childNodes]);
    }
  });
  have.slice(wanted.length).forEach((node) => node.remove());
}

function morphAttributes(old, wanted) {
  for (const { name } of [...old.attributes]) {
    const own = name === "aria-sort" || name === "open"; // set by the viewer
    if (!own && !wanted.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function writeText(node, text) {
  if (node.data !== text) node.data = text;
}

/** Write a text where it differs; an element's one text node stays the same node. */
export function write(node, text) {
  const first = node.firstChild;
  if (first && first.nodeType === Node.TEXT_NODE && node.childNodes.length === 1) {
    writeText(first, text);
  } else if (node.textContent !== text) node.textContent = text;
}

/** Save a text or a blob as a file. */
export function saveAs(name, content, type = undefined) {
  const link = element("a");
  link.href = URL.createObjectURL(
    content instanceof Blob ? content : new Blob([content], { type }),
  );
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), SAVED_MS);
}

/**
 * An element with attributes: "text" is its text, a boolean sets or leaves out.
 * @param {string} tag
 * @param {Record<string, any>} attributes
 * @param {...any} children null ones are left out
 * @returns {any}
 */
export function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "text") node.textContent = value;
    else if (typeof value === "boolean") node.toggleAttribute(name, value);
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}
