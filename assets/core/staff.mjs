/* May this viewer edit? Asked once a page; the server checks every edit again. */
(function () {
  "use strict";
  const H = (window.holdline = window.holdline || {});
  let asked = null;

  /* Send JSON to one of the app's own routes: its reply, or an Error that holds its sentence. */
  H.send = async function (path, body) {
    let reply;
    try {
      reply = await fetch(path, body === undefined ? { credentials: "same-origin" } : {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        credentials: "same-origin",
      });
    } catch (error) {
      throw new Error("The server cannot be reached: nothing was sent.");
    }
    const data = await reply.json().catch(() => ({}));
    if (!reply.ok) throw new Error(data.error || "The server could not answer this.");
    return data;
  };

  /* A promise of {staff, token}: may edit; whether signing in is possible. */
  H.staff = function (again) {
    if (!asked || again) asked = H.send("/staff").catch(() => ({ staff: false, token: false }));
    return asked;
  };

  /* Sign in with the staff token; the promise fails with the server's sentence. */
  H.staff_sign_in = async function (token) {
    const told = await H.send("/staff", { token });
    asked = Promise.resolve(told);
    document.dispatchEvent(new CustomEvent("holdline-staff", { detail: told }));
    return told;
  };
})();
