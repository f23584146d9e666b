// A form is sent once: a second click or Enter while its answer is awaited changes nothing.
(function () {
  "use strict";
  // Where an answer leads to another page, the form stays closed until that page is here.
  const LEAVING = 10_000;
  const underWay = new WeakMap();
  const isByHand = (event) => ["submit", "click"].includes(event?.type);

  function buttonOf(element, event) {
    if (element.matches("button")) return element;
    return event.submitter || element.querySelector("button:not([type=button])");
  }

  function close(form, button) {
    underWay.set(form, button);
    form.setAttribute("aria-busy", "true");
    // A disabled button would lose the focus; this one only says that it waits.
    button?.setAttribute("aria-disabled", "true");
    button?.classList.add("is-waiting");
  }

  function open(form) {
    const button = underWay.get(form);
    underWay.delete(form);
    form.removeAttribute("aria-busy");
    button?.removeAttribute("aria-disabled");
    button?.classList.remove("is-waiting");
  }

  // Of several choices of a theme the last one holds.
  const isMeant = (elt, { verb, triggeringEvent }) => verb !== "get" && isByHand(triggeringEvent) && !elt.matches("[data-themes]");

  // Before htmx would put the second one in a queue.
  document.addEventListener("htmx:confirm", (event) => {
    const { elt } = event.detail;
    if (isMeant(elt, event.detail) && underWay.has(elt)) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSend", ({ detail }) => {
    const { elt, requestConfig } = detail;
    if (!isMeant(elt, requestConfig)) return;
    close(elt, buttonOf(elt, requestConfig.triggeringEvent));
    detail.xhr.closedForm = elt;
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const form = detail.xhr?.closedForm;
    if (!form) return;
    const leaves = ["HX-Redirect", "HX-Refresh"].some((name) => detail.xhr.getResponseHeader(name));
    if (leaves) setTimeout(() => open(form), LEAVING);
    else open(form);
  });

  // Forms that htmx does not send.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.matches("[hx-post]") || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 4000);
  });
})();
