/* While the page is frozen every request waits; what was asked goes out when it opens again. */

const html = document.documentElement;
const plainFetch = window.fetch;
let inFlight = 0;
let thawed = null;
let thaw = null;

/** Questions to the desk that are not answered yet. */
export const busy = () => inFlight > 0;

export const isFrozen = () => html.classList.contains("is-frozen");
export const isPast = () => html.classList.contains("is-past");

/** Frozen, or behind the presenter, which asks for its own scenes. */
export const isStill = () => isFrozen() || html.classList.contains("is-presenting");

export function freeze(on) {
  html.classList.toggle("is-frozen", on);
  if (on && !thawed) thawed = new Promise((resolve) => (thaw = resolve));
  if (!on && thawed) {
    thaw();
    thawed = null;
  }
}

window.fetch = function (...asked) {
  if (thawed) return thawed.then(() => window.fetch(...asked));
  const address = asked[0] instanceof Request ? asked[0].url : String(asked[0]);
  const reply = plainFetch.apply(window, asked);
  if (address.includes("_dash-update-component")) {
    inFlight += 1;
    const done = () => (inFlight -= 1);
    reply.then(done, done);
  }
  return reply;
};
