/* What screen readers are told of the levels on screen: each change of a status, once. */
import { element, findAll, write } from "../core/dom.mjs";
import { ticked } from "../core/live.mjs";
import { statusChanges } from "../core/live_values.mjs";
import { isFrozen, isPast } from "../core/page.mjs";
import { shownPart } from "../core/router.mjs";

const said = element("p", "", "sr-only");
said.id = "status-said";
said.setAttribute("role", "status");
document.body.append(said);

/** @type {Record<string, string>} */
let before = {};

ticked.on((snapshot) => {
  if (isPast() || isFrozen()) return;
  const shown = findAll('[data-live*=".status:"]', shownPart()).map((node) => node.dataset.live);
  const { now, changes } = statusChanges(shown, snapshot.quotes, before);
  before = now;
  if (changes.length) write(said, changes.join(" "));
});
