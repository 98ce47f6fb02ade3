/* One sentence at the foot of the window, for a while. */
import { element, find } from "./dom.mjs";

const STAYS_MS = 7000;
let line = null;
let fading = 0;

export function say(sentence) {
  if (!line) {
    line = element("p", "", "say");
    line.setAttribute("role", "status");
    document.body.append(line);
  }
  (find("dialog[open]") || document.body).append(line);
  line.textContent = sentence;
  clearTimeout(fading);
  fading = window.setTimeout(() => line.remove(), STAYS_MS);
}
