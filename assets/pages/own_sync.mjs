/* A person's watchlists and levels: the account's, kept in step with what this browser holds. What it
   held before is offered to be taken along, and put back when they sign out. */
import { send } from "../core/http.mjs";
import { route } from "../core/router.mjs";
import { say } from "../core/say.mjs";
import { isKnown, standing } from "../core/staff.mjs";
import { discard, ownChanged, store, stored } from "../core/storage.mjs";
import { offer } from "../frame/toasts.mjs";
import { allLevels, allLists, allScans, counted } from "./own_merge.mjs";

const STATE = "holdline-own-synced";
const ASIDE = "-before";
const AGAIN_MS = 2000,
  LONGEST_MS = 60000; // between attempts to reach the account
const TAKING = "holdline-own-taking"; // whose account is to have it: the page may be left meanwhile

/* kind -> where this browser keeps it, and how two are joined. */
const KINDS = {
  watchlists: { key: "holdline-watchlists", none: "[]", joined: allLists },
  levels: { key: "holdline-own-levels", none: "{}", joined: allLevels },
  scans: { key: "holdline-scans", none: "[]", joined: allScans },
};

/** @typedef {{of: string, versions: Record<string, number>}} State whose, and as of which version */

/** @returns {State} */
function state() {
  try {
    return JSON.parse(stored(STATE)) || { of: "", versions: {} };
  } catch {
    return { of: "", versions: {} };
  }
}

const held = (key, none) => JSON.parse(stored(key) || none);

/** What the account holds is what this browser holds from now on. */
function adopt(kind, reply) {
  const { versions } = state();
  store(KINDS[kind].key, JSON.stringify(reply.value));
  store(STATE, JSON.stringify({ of: reply.of, versions: { ...versions, [kind]: reply.version } }));
}

function look(kind, before, reply) {
  const { key, none } = KINDS[kind];
  if (before.of === reply.of) {
    if (before.versions[kind] !== reply.version) adopt(kind, reply);
    return;
  }
  // of a stranger's browser what is held is set aside; of another person's it is not this one's
  if (!before.of && counted(held(key, none))) store(key + ASIDE, stored(key));
  adopt(kind, reply);
}

/** What was set aside joins what the account holds. */
async function takeAlong() {
  store(TAKING, state().of);
  for (const [kind, { key, none, joined }] of Object.entries(KINDS)) {
    const aside = stored(key + ASIDE);
    if (!aside) continue;
    const reply = await send("/own/" + kind);
    const value = joined(reply.value, JSON.parse(aside) || JSON.parse(none));
    adopt(kind, await send("/own/" + kind, { version: reply.version, value }, "PUT"));
    discard(key + ASIDE);
  }
  discard(TAKING);
  route();
  say("Taken along to your account.");
}

function putBack() {
  if (!state().of) return;
  for (const { key } of Object.values(KINDS)) {
    const aside = stored(key + ASIDE);
    if (aside) store(key, aside);
    else discard(key);
    discard(key + ASIDE);
  }
  discard(STATE);
  discard(TAKING);
  route();
}

async function save(kind) {
  const { key, none } = KINDS[kind];
  const { of, versions } = state();
  if (!of) return;
  const value = held(key, none);
  try {
    adopt(kind, await send("/own/" + kind, { version: versions[kind], value }, "PUT"));
  } catch (error) {
    say(error.message);
    adopt(kind, await send("/own/" + kind));
    route();
  }
}

async function begin() {
  const who = await standing();
  if (!isKnown(who)) throw new Error("It is not known who this is.");
  if (!who.accounts) return;
  if (!who.signedIn) {
    putBack();
    return;
  }
  const kinds = Object.keys(KINDS);
  // all of them first: what is held is set aside as a whole, or not yet
  const replies = await Promise.all(kinds.map((kind) => send("/own/" + kind)));
  const before = state();
  const was = JSON.stringify(Object.values(KINDS).map(({ key }) => stored(key)));
  kinds.forEach((kind, at) => look(kind, before, replies[at]));
  if (was !== JSON.stringify(Object.values(KINDS).map(({ key }) => stored(key)))) route();
  if (Object.values(KINDS).some(({ key }) => stored(key + ASIDE))) {
    const text = "This browser holds lists, levels or scans from before you signed in.";
    const take = () => takeAlong().catch((error) => say(error.message));
    if (stored(TAKING) === state().of) await takeAlong();
    else offer(text, "Take them along", take);
  }
}

ownChanged.on((key) => {
  const found = Object.keys(KINDS).find((kind) => KINDS[kind].key === key);
  if (found) save(found).catch((error) => say(error.message));
});

/* While the store cannot be reached this browser's lists stand. */
function beginUntilDone(wait) {
  begin().catch(() => setTimeout(beginUntilDone, wait, Math.min(2 * wait, LONGEST_MS)));
}
beginUntilDone(AGAIN_MS);
