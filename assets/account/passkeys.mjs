/* Passkeys on the documents of accounts: sign in with one, add one. */

const field = document.getElementById("passkey-sign-in");
const adding = document.getElementById("passkey-add");
const able = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON);

/**
 * What the server answers to some JSON, or an Error with its sentence.
 * @param {string} path
 * @param {object} body
 */
async function send(path, body) {
  const reply = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const data = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Error(data.error || "The server could not answer this.");
  return data;
}

/**
 * Do something on a click, and say beside the button what was wrong.
 * @param {HTMLElement} box
 * @param {() => Promise<void>} act
 */
function onClick(box, act) {
  const button = /** @type {HTMLButtonElement} */ (box.querySelector("button"));
  const note = /** @type {HTMLElement} */ (box.querySelector(".account-note"));
  box.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    note.textContent = "";
    try {
      await act();
    } catch (error) {
      const aborted = error instanceof DOMException;
      note.textContent = aborted ? "No passkey was given." : /** @type {Error} */ (error).message;
    }
    button.disabled = false;
  });
}

if (field && able) {
  onClick(field, async () => {
    const options = await send("/sign-in/passkey/options", {});
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const given = /** @type {PublicKeyCredential} */ (
      await navigator.credentials.get({ publicKey })
    );
    const { next } = await send("/sign-in/passkey", {
      passkey: given.toJSON(),
      next: field.dataset.next,
    });
    location.assign(next);
  });
}

if (adding && able) {
  onClick(adding, async () => {
    const name = /** @type {HTMLInputElement} */ (adding.querySelector("input")).value;
    const options = await send("/account/passkeys/options", {});
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const made = /** @type {PublicKeyCredential} */ (
      await navigator.credentials.create({ publicKey })
    );
    await send("/account/passkeys/add", { passkey: made.toJSON(), name });
    location.assign("/account");
  });
}
