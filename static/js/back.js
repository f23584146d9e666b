// The way back from one thing to the many leads to them as they were looked at last: filters, order, view.
(function () {
  "use strict";
  const keyOf = (name) => `looked-at-${document.body.dataset.user}-${name}`;

  function remember() {
    const many = document.querySelector("[data-remember]");
    if (!many) return;
    try {
      sessionStorage.setItem(keyOf(many.dataset.remember), location.pathname + location.search);
    } catch (error) {
      // Storage may be forbidden; the way back then leads to all of them.
    }
  }

  function lead() {
    document.querySelectorAll("[data-back-to]").forEach((link) => {
      link.href = sessionStorage.getItem(keyOf(link.dataset.backTo)) || link.href;
    });
  }

  remember();
  lead();
  window.addEventListener("pagehide", remember);
  // A move draws the head of a deal's page anew.
  document.addEventListener("htmx:oobAfterSwap", lead);
})();
