/* The watchlist stays in this browser: saved when it is typed, put back into a bare address. */
(function () {
  "use strict";
  const H = (window.holdline = window.holdline || {});
  const KEY = "holdline-watchlist";

  function stored() {
    try { return localStorage.getItem(KEY); } catch (error) { return null; }
  }

  /* Called by the router with the parameters of a page that takes a watchlist; the address wins. */
  H.watchlist = function (params, arrived) {
    if (params.symbols !== undefined) {
      if (!arrived) try { localStorage.setItem(KEY, params.symbols); } catch (error) { /* private mode */ }
    } else if (arrived) {
      const kept = stored();
      if (kept) params.symbols = kept;
    } else {
      try { localStorage.removeItem(KEY); } catch (error) { /* private mode */ }
    }
  };
})();
