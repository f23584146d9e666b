// The dialog: whatever htmx puts into it opens it, what was typed survives closing it, and the
// cursor stands where typing begins.
(function () {
  "use strict";
  const dialog = document.getElementById("dialog");
  const body = document.getElementById("dialog-body");
  let typedAt = "";
  let pressed = null;
  let isByTouch = false;
  // What is typed while the dialog is on its way; null while none is.
  let early = null;

  document.addEventListener("keydown", () => (isByTouch = false), true);
  document.addEventListener(
    "pointerdown",
    (event) => {
      pressed = event.target;
      isByTouch = event.pointerType === "touch";
    },
    true,
  );

  // At the first error, else where typing begins. After a touch a keyboard on the screen would
  // cover half of what has just opened: there a finger chooses the field.
  function putCursor() {
    const begin = isByTouch ? [] : ["[data-begin]"];
    const places = ["[aria-invalid=true]", "[autofocus]", ...begin, "input:not([type=hidden]), select, textarea"];
    const found = places.map((place) => body.querySelector(place)).find(Boolean);
    found?.focus();
  }

  function open() {
    if (dialog && !dialog.open) dialog.showModal();
    putCursor();
  }

  // Letters that come before the dialog are no keys of the page; they go where typing begins.
  document.addEventListener(
    "keydown",
    (event) => {
      if (early === null || event.key.length > 1 || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input, textarea, select")) return;
      event.preventDefault();
      event.stopPropagation();
      early += event.key;
    },
    true,
  );
  function typeEarly(text) {
    const field = document.activeElement;
    if (!field.matches("[autofocus], [data-begin]")) return;
    field.setRangeText(text, field.value.length, field.value.length, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  body.addEventListener("input", () => (typedAt = body.dataset.address || ""));
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { target, requestConfig } = event.detail;
    if (!dialog || target !== body || requestConfig.verb !== "get") return;
    const address = requestConfig.path;
    if (typedAt && typedAt === address) {
      event.preventDefault();
      open();
      return;
    }
    body.dataset.address = address;
    typedAt = "";
    early = "";
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.target !== body) return;
    // The dialog stands, with a draft where there is one: it goes behind.
    if (early) typeEarly(early);
    early = null;
  });
  // Whoever has to sign in anew comes back to the form that was sent.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.closest("#dialog")) event.detail.headers["X-In-Dialog"] = "yes";
  });
  const isFilled = (event) => event.detail.target === body && body.childElementCount;
  document.addEventListener("htmx:afterSwap", (event) => isFilled(event) && open());
  // By then htmx has put the cursor into [autofocus], also past an error.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (isFilled(event) && body.querySelector("[autofocus]")) putCursor();
  });
  // A form that has a page of its own begins likewise.
  if (!dialog && body.querySelector("[data-begin]")) putCursor();

  // What was done before the dialog opened shows on the page once it is closed.
  dialog?.addEventListener("close", () => {
    // That form is done with; opened again it is one for something new.
    if (body.querySelector(".saved-already")) typedAt = "";
    if (body.querySelector("[data-reload-on-close]")) location.reload();
  });
  document.addEventListener("closeDialog", () => {
    typedAt = "";
    dialog?.close();
    // What else the answer has to tell is told by the form that asked: it goes last.
    setTimeout(() => body.replaceChildren());
  });
  document.addEventListener("click", (event) => {
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog").close();
    // Not where text was being marked and the mouse let go beside the dialog.
    if (event.target.matches("dialog.dialog") && pressed === event.target) event.target.close();
  });
})();
