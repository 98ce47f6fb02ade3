/* What this browser keeps. Without storage (a private window) a value lasts as long as the page. */
import { Signal } from "./page.mjs";

/** @type {Map<string, string>} */
const own = new Map();

/** @param {string} key @returns {string|null} */
export function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return own.get(key) ?? null;
  }
}

/** Keep a text; false when it lasts only as long as the page. */
export function store(key, text) {
  own.set(key, text);
  try {
    localStorage.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

export function discard(key) {
  own.delete(key);
  try {
    localStorage.removeItem(key);
    return true;
  } catch {
    return false;
  }
}

/** Raised with the key of a person's own list that was changed here. @type {Signal<string>} */
export const ownChanged = new Signal();

/** The list kept under a key; empty where there is none, or something else. */
export function storedList(key) {
  try {
    const raw = JSON.parse(stored(key) || "[]");
    return Array.isArray(raw) ? raw : [];
  } catch {
    return [];
  }
}
