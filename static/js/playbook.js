// Plays beside a customer or deal: what a stage asks for before it is entered, and copying a text.
(function () {
  "use strict";
  document.addEventListener("askFields", (event) => {
    htmx.ajax("GET", event.detail.url, { target: "#dialog-body" }).catch(window.stepwise.told);
  });

  // A page over plain http has no clipboard to write to; there the selection is copied.
  async function copied(text) {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text.textContent);
      return;
    }
    getSelection().selectAllChildren(text);
    document.execCommand("copy");
    getSelection().removeAllRanges();
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await copied(document.getElementById(button.dataset.copy));
    window.stepwise.toast({ text: button.dataset.copied });
  });

  // A line that was ticked keeps the focus when its own answer draws the list anew.
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    const button = detail.elt.querySelector?.(":scope > .activity-tick[id]");
    if (button && button === document.activeElement) detail.xhr.ticked = button.id;
  });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.xhr?.ticked) document.getElementById(detail.xhr.ticked)?.focus();
  });
})();
