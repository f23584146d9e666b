// Nothing typed is lost: what stands in a form[data-draft] outlives reload, "back", an expired
// session and a broken line, in this tab, until it was saved or discarded; the drafts of a tab that
// is closed go to the next one.
(function () {
  "use strict";
  const user = document.body.dataset.user;
  if (!user) return;
  const PREFIX = `draft-${user}-`;
  const NEVER = new Set(["csrfmiddlewaretoken"]);
  // What something new is about stands in the query.
  function keyOf(form) {
    const { pathname, search } = new URL(form.action, location.href);
    return PREFIX + pathname + (form.dataset.draft === "new" ? search : "");
  }

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

  // Every page leaves the drafts behind, and the next page of the same tab takes its own again: what
  // then still lies there is that of a tab that was closed.
  const LEFT = "left-";
  const LONGEST = 7 * 24 * 3600 * 1000;
  function takeOver() {
    for (const left of Object.keys(localStorage).filter((key) => key.startsWith(LEFT + PREFIX))) {
      const draft = JSON.parse(localStorage.getItem(left));
      const key = left.slice(LEFT.length);
      localStorage.removeItem(left);
      if (!storage.get(key) && Date.now() - draft.at < LONGEST) storage.set(key, draft);
    }
  }
  function leaveBehind() {
    try {
      for (const key of keys()) localStorage.setItem(LEFT + key, sessionStorage.getItem(key));
    } catch (error) {
      // As above.
    }
  }
  takeOver();
  window.addEventListener("pageshow", (event) => event.persisted && takeOver());
  window.addEventListener("pagehide", leaveBehind);
  // Whoever signs out leaves nothing to read to whoever comes next.
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-sign-out]")) window.removeEventListener("pagehide", leaveBehind);
  });

  const inputs = (form) =>
    [...form.elements].filter((each) => each.name && !NEVER.has(each.name) && !("undrafted" in each.dataset) && !["submit", "button", "file", "password"].includes(each.type));

  // The key by which the server does once what is sent twice.
  const onceOf = (form) => form.elements.once;

  const pickers = (form) => [...form.querySelectorAll("[data-picker] input[type=text]")];

  // Values by name, in order where a name stands more than once.
  function valuesOf(form) {
    const values = {};
    for (const each of inputs(form)) {
      const value = ["checkbox", "radio"].includes(each.type) ? each.checked : each.value;
      (values[each.name] ||= []).push(value);
    }
    // The visible half of a picker has no name.
    values["/pickers"] = pickers(form).map((each) => each.value);
    return values;
  }

  function fillPickers(form, values) {
    pickers(form).forEach((each, place) => (each.value = values["/pickers"]?.[place] ?? each.value));
  }

  // A form whose rows come and go makes as many as it is told before they are filled.
  function fill(form, values) {
    form.dispatchEvent(new CustomEvent("draft:filling", { detail: values }));
    const seen = {};
    for (const each of inputs(form)) {
      const value = values[each.name]?.[(seen[each.name] = (seen[each.name] ?? -1) + 1)];
      if (value === undefined) continue;
      if (typeof value === "boolean") each.checked = value;
      else each.value = value;
    }
    fillPickers(form, values);
    form.dispatchEvent(new CustomEvent("draft:filled", { bubbles: true }));
  }

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  // A form for something new that was opened for another customer is another form; one that names
  // its customer has no picker. The day that it proposes moves on by itself.
  function fits(form, draft) {
    if (form.dataset.draft !== "new") return true;
    const here = valuesOf(form);
    if (here["/pickers"].length !== draft.values["/pickers"].length) return false;
    const names = Object.keys(here).filter((name) => form.elements[name]?.type !== "datetime-local");
    return names.every((name) =>
      here[name].every((value, place) => {
        const told = [draft.first[name]?.[place], draft.values[name]?.[place]];
        return !value || told.includes(value);
      }),
    );
  }

  function note(form, draft, first) {
    const box = document.getElementById("draft-note").content.firstElementChild.cloneNode(true);
    const key = onceOf(form)?.value;
    box.querySelector("time").textContent = new Date(draft.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    box.querySelector("button").addEventListener("click", () => {
      storage.drop(keyOf(form));
      fill(form, first);
      if (key) onceOf(form).value = key;
      box.remove();
    });
    (form.querySelector(".dialog-main, .card-body") || form).prepend(box);
  }

  function restore(form) {
    if (form.dataset.draftSeen) return;
    form.dataset.draftSeen = "yes";
    form.draftFirst = valuesOf(form);
    const draft = storage.get(keyOf(form));
    if (!draft) return;
    if (form.querySelector("[aria-invalid=true], .alert-danger")) {
      // What the server sends back refused is what was typed, but for what a picker alone shows.
      form.draftFirst = draft.first;
      fillPickers(form, draft.values);
      return;
    }
    if (same(draft.values, form.draftFirst) || !fits(form, draft)) return;
    fill(form, draft.values);
    note(form, draft, form.draftFirst);
    // The server may have done it, and only its answer was lost.
    if (draft.once && onceOf(form)) onceOf(form).value = draft.once;
  }

  function keep(form) {
    const values = valuesOf(form);
    if (same(values, form.draftFirst)) storage.drop(keyOf(form));
    else storage.set(keyOf(form), { once: storage.get(keyOf(form))?.once, values, first: form.draftFirst, at: Date.now(), address: form.dataset.draftAt || form.action });
  }

  // A line that broke and a proxy that gave up leave open whether it was done.
  const isAnswer = ({ status }) => status > 0 && status < 500;

  function mark(key, marks) {
    const draft = storage.get(key);
    if (draft) storage.set(key, { ...draft, ...marks });
  }

  // Whoever closes a dialog over something typed hears that it is there, and where.
  function tell({ address }) {
    window.stepwise.toast({ text: document.getElementById("toasts").dataset.kept, open: address });
  }

  // A page that greets with "saved" is the answer to what was sent, and so is one that refuses.
  const greetings = JSON.parse(document.getElementById("messages").textContent);
  const isSaved = greetings.some((toast) => toast.level === "success");
  for (const key of greetings.length ? keys() : []) {
    if (!storage.get(key).sent) continue;
    if (isSaved) storage.drop(key);
    else mark(key, { sent: false, once: "" });
  }
  for (const key of keys()) {
    const draft = storage.get(key);
    if (!draft.untold) continue;
    mark(key, { untold: false });
    tell(draft);
  }
  const restoreAll = () => document.querySelectorAll("form[data-draft]:not([data-draft-rows])").forEach(restore);
  restoreAll();
  // A form with rows says itself when it can make them.
  document.addEventListener("draft:restore", (event) => restore(event.target));
  // Before anybody can have typed into what was swapped in.
  document.addEventListener("htmx:afterSwap", restoreAll);

  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => {
      const form = event.target.closest("form[data-draft]");
      if (form) keep(form);
    });
  }
  // Before once.js takes it for sent.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.matches("form[data-draft]")) return;
      keep(form);
      if (!navigator.onLine && !form.matches("[hx-post]")) {
        // The browser would leave for a page of its own.
        event.preventDefault();
        window.stepwise.toast({ text: document.getElementById("toasts").dataset.offline, level: "error" });
        return;
      }
      mark(keyOf(form), { sent: true, once: onceOf(form)?.value });
    },
    true,
  );
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest?.("form[data-draft]");
    const { xhr, requestConfig } = event.detail;
    if (!form || event.detail.elt !== form || requestConfig.verb === "get") return;
    const to = xhr.getResponseHeader("HX-Redirect");
    const isClosed = ["HX-Trigger", "HX-Trigger-After-Swap"].some((name) => xhr.getResponseHeader(name)?.includes("closeDialog"));
    if (xhr.status < 300 && (isClosed || (to && !to.startsWith("/accounts/")))) storage.drop(keyOf(form));
    else if (!xhr.getResponseHeader("HX-Refresh")) mark(keyOf(form), { sent: false, ...(isAnswer(xhr) && { once: "" }) });
  });
  // What a dialog looks up after the session has ended leads away from it, back to the page under it.
  document.addEventListener("htmx:afterRequest", ({ detail: { elt, xhr } }) => {
    const form = document.querySelector("#dialog[open] form[data-draft]");
    if (!form || elt === form || !xhr.getResponseHeader("HX-Redirect")?.startsWith("/accounts/")) return;
    mark(keyOf(form), { untold: true, sent: false });
  });
  document.getElementById("dialog")?.addEventListener("close", () => {
    const form = document.querySelector("#dialog-body form[data-draft]");
    const draft = form && storage.get(keyOf(form));
    if (!draft || draft.sent) return;
    // A page that is loaded anew tells it afterwards.
    if ("reloadOnClose" in form.dataset) mark(keyOf(form), { untold: true });
    else tell(draft);
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
