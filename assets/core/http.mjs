/* Requests to the app's own routes. */

/** Send JSON to one of the app's own routes: its reply, or an Error that holds its sentence.
 * @param {string} path
 * @param {any} [body] nothing: it is asked for
 * @param {string} [method]
 */
export async function send(path, body, method = "POST") {
  let reply;
  try {
    reply = await fetch(
      path,
      body === undefined ? { credentials: "same-origin" } : post(body, method),
    );
  } catch {
    const lost = body === undefined ? "." : ": nothing was sent.";
    throw new Error("The server cannot be reached" + lost);
  }
  const data = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Error(data.error || "The server could not answer this.");
  return data;
}

/**
 * A reply within `patience` milliseconds; whatever its status, if it is no failure.
 * @param {string} address
 * @param {number} patience
 */
export async function get(address, patience) {
  const reply = await fetch(address, {
    signal: AbortSignal.timeout(patience),
    credentials: "same-origin",
  });
  if (!reply.ok) throw new Error("status " + reply.status);
  return reply;
}

/** @returns {RequestInit} */
function post(body, method) {
  return {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    credentials: "same-origin",
  };
}
