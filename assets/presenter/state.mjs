/* What is being presented, for all parts of the presenter. */
import { Signal } from "../core/page.mjs";

/**
 * @typedef {Object} Scene
 * @property {string} link address of a page
 * @property {string} panel "page/name"
 * @property {string} title
 * @property {string} notes
 */
/**
 * @typedef {Object} Frame
 * @property {Scene} scene
 * @property {Record<string, string>} state what the server is asked with
 * @property {any} payload null until it is here
 * @property {string} problem why it is not
 * @property {number} growing how often a result that still grows was asked for
 * @property {string} key
 */
/**
 * @typedef {Object} Show
 * @property {string} name
 * @property {Frame[]} frames
 * @property {number} at
 * @property {number} began
 * @property {number} turn
 * @property {number} ready when all scenes had been asked for; 0 before
 * @property {Date|null} lost
 * @property {Date|null} frozen
 * @property {boolean} blank
 * @property {boolean} laser
 * @property {boolean} drawing
 * @property {boolean} notes
 * @property {boolean} help
 * @property {number} [ticking]
 * @property {{focus: any, y: number, past: boolean}} [before]
 */

/** @type {{show: Show|null, stage: any}} */
const presented = { show: null, stage: null };

/** Raised after each change, with the show or null. @type {Signal<Show|null>} */
export const changed = new Signal();

export const show = () => presented.show;
/** The nodes of the stage, or null. */
export const stage = () => presented.stage;
/** The frame on the stage. */
export const shownFrame = () => presented.show.frames[presented.show.at];

export function begin(given) {
  presented.show = given;
}
export function raise(nodes) {
  presented.stage = nodes;
}

/** How many scenes are here. */
export const held = () =>
  presented.show ? presented.show.frames.filter((frame) => frame.payload).length : 0;
