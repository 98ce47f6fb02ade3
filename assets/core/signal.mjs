/* A named event inside the page: who raises it does not know who listens. */

/** @template T */
export class Signal {
  constructor() {
    /** @type {((value: T) => void)[]} */
    this.listeners = [];
  }

  /** @param {(value: T) => void} listener */
  on(listener) {
    this.listeners.push(listener);
  }

  /** @param {T} [value] */
  send(value) {
    for (const listener of this.listeners) listener(value);
  }
}
