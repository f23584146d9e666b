// Nothing typed is lost: what stands in a form[data-draft] outlives reload, "back", an expired
// session and a broken line, in this tab, until it was saved or discarded.
(function () {
  "use strict";
  const user = document.body.dataset.user;
  if (!user) return;
  const PREFIX = `draft-${user}-`;
  const NEVER = new Set(["csrfmiddlewaretoken"]);
  const keyOf = (form) => PREFIX + new URL(form.action, location.href).pathname;

  const storage = {
    get: (key) => JSON.parse(sessionStorage.getItem(key) || "null"),
    set(key, value) {
      try {
        sessionStorage.setItem(key, JSON.stringify(value));
      } catch (error) {
        // Storage may be full or forbidden; the form works without.
      }
    },
    drop: (key) => sessionStorage.removeItem(key),
  };
  const keys = () => Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));

  const inputs = (form) =>
    [...form.elements].filter((each) => each.name && !NEVER.has(each.name) && !["submit", "button", "file", "password"].includes(each.type));

  // Values by name, in order where a name stands more than once.
  function valuesOf(form) {
    const values = {};
    for (const each of inputs(form)) {
      const value = ["checkbox", "radio"].includes(each.type) ? each.checked : each.value;
      (values[each.name] ||= []).push(value);
    }
    // The visible half of a picker has no name.
    values["/pickers"] = [...form.querySelectorAll("[data-picker] input[type=text]")].map((each) => each.value);
    return values;
  }

  function fill(form, values) {
    const seen = {};
    for (const each of inputs(form)) {
      const value = values[each.name]?.[(seen[each.name] = (seen[each.name] ?? -1) + 1)];
      if (value === undefined) continue;
      if (typeof value === "boolean") each.checked = value;
      else each.value = value;
    }
    form.querySelectorAll("[data-picker] input[type=text]").forEach((each, place) => (each.value = values["/pickers"]?.[place] ?? each.value));
    form.dispatchEvent(new CustomEvent("draft:filled", { bubbles: true }));
  }

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  // A form for something new that was opened for another customer is another form.
  function fits(form, draft) {
    if (form.dataset.draft !== "new") return true;
    const here = valuesOf(form);
    return Object.keys(here).every((name) =>
      here[name].every((value, place) => {
        const told = [draft.first[name]?.[place], draft.values[name]?.[place]];
        return !value || told.includes(value);
      }),
    );
  }

  function note(form, draft, first) {
    const box = document.getElementById("draft-note").content.firstElementChild.cloneNode(true);
    box.querySelector("time").textContent = new Date(draft.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    box.querySelector("button").addEventListener("click", () => {
      storage.drop(keyOf(form));
      fill(form, first);
      box.remove();
    });
    (form.querySelector(".dialog-main, .card-body") || form).prepend(box);
  }

  function restore(form) {
    if (form.dataset.draftSeen) return;
    form.dataset.draftSeen = "yes";
    form.draftFirst = valuesOf(form);
    // What the server sends back refused is what was typed.
    if (form.querySelector(".is-invalid, .alert-danger")) return;
    const draft = storage.get(keyOf(form));
    if (!draft || same(draft.values, form.draftFirst) || !fits(form, draft)) return;
    fill(form, draft.values);
    note(form, draft, form.draftFirst);
  }

  function keep(form) {
    const values = valuesOf(form);
    if (same(values, form.draftFirst)) storage.drop(keyOf(form));
    else storage.set(keyOf(form), { values, first: form.draftFirst, at: Date.now() });
  }

  // A page that greets with "saved" is the answer to what was sent.
  if (JSON.parse(document.getElementById("messages").textContent).some((toast) => toast.level === "success")) {
    for (const key of keys()) if (storage.get(key)?.sent) storage.drop(key);
  }
  const restoreAll = () => document.querySelectorAll("form[data-draft]").forEach(restore);
  restoreAll();
  // Before anybody can have typed into what was swapped in.
  document.addEventListener("htmx:afterSwap", restoreAll);

  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => {
      const form = event.target.closest("form[data-draft]");
      if (form) keep(form);
    });
  }
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-draft]")) return;
    keep(event.target);
    const draft = storage.get(keyOf(event.target));
    if (draft) storage.set(keyOf(event.target), { ...draft, sent: true });
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest?.("form[data-draft]");
    const { xhr, requestConfig } = event.detail;
    if (!form || event.detail.elt !== form || requestConfig.verb === "get") return;
    const to = xhr.getResponseHeader("HX-Redirect");
    const isClosed = ["HX-Trigger", "HX-Trigger-After-Swap"].some((name) => xhr.getResponseHeader(name)?.includes("closeDialog"));
    if (xhr.status < 300 && (isClosed || (to && !to.startsWith("/accounts/")))) storage.drop(keyOf(form));
  });
  document.addEventListener("click", (event) => {
    const dropper = event.target.closest("[data-drop-draft]");
    const form = dropper?.closest("form[data-draft]");
    if (form) storage.drop(keyOf(form));
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[action*=logout]")) keys().forEach(storage.drop);
  });

  // Who adds something over a page with a form in hand comes back to that form.
  document.addEventListener("htmx:configRequest", (event) => {
    const { detail } = event;
    if (detail.verb !== "post" || !event.target.closest("#dialog")) return;
    const typed = [...document.querySelectorAll("form[data-draft]")].some((form) => !form.closest("#dialog") && form.draftFirst && !same(valuesOf(form), form.draftFirst));
    if (typed) detail.headers["X-Form-In-Hand"] = "yes";
  });
})();
