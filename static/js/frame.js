// The frame's behaviour: keys, toasts, theme, left bar, forms.
(function () {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const root = document.documentElement;

  // Toasts

  const toasts = $("#toasts");

  function button(className, label) {
    const element = document.createElement("button");
    element.type = "button";
    element.className = className;
    element.setAttribute("aria-label", label);
    return element;
  }

  function toast({ text, level = "success", undo = "", open = "" }) {
    const box = document.createElement("div");
    box.className = `toast-box toast-${level}`;
    box.setAttribute("role", level === "error" ? "alert" : "status");
    const icon = document.createElement("i");
    icon.className = `ti ti-${{ error: "alert-circle", warning: "alert-triangle" }[level] || "check"}`;
    icon.setAttribute("aria-hidden", "true");
    const words = document.createElement("span");
    words.textContent = text;
    box.append(icon, words);
    if (undo) {
      const back = button("btn btn-sm btn-link toast-undo", toasts.dataset.undo);
      back.setAttribute("aria-keyshortcuts", "u");
      back.textContent = toasts.dataset.undo;
      back.addEventListener("click", () => {
        box.remove();
        htmx.ajax("POST", undo, { source: document.body, swap: "none" }).catch(told);
      });
      box.append(back);
    }
    if (open) {
      const link = document.createElement("a");
      link.className = "btn btn-sm btn-link";
      link.href = open;
      link.textContent = toasts.dataset.open;
      box.append(link);
    }
    const close = button("btn-close", toasts.dataset.closeLabel);
    close.addEventListener("click", () => box.remove());
    box.append(close);
    toasts.append(box);
    // Whoever is reading or reaching for Undo is not hurried.
    let timer;
    const stay = () => clearTimeout(timer);
    const start = () => {
      stay();
      timer = setTimeout(() => box.remove(), level === "error" ? 12000 : 7000);
    };
    for (const name of ["pointerenter", "focusin"]) box.addEventListener(name, stay);
    for (const name of ["pointerleave", "focusout"]) box.addEventListener(name, start);
    start();
  }
  // The newest message that can be taken back, by its key: a keyboard is far from its button.
  $("[data-undo-last]")?.addEventListener("click", () => $$(".toast-undo", toasts).at(-1)?.click());

  document.addEventListener("toast", (event) => event.detail.toasts.forEach(toast));
  JSON.parse($("#messages").textContent).forEach(toast);

  // A broken line rejects the promise as well; the events below have told the reader already.
  const told = () => {};
  // What the page asks by itself, now and then, fails in silence: nobody waits for it.
  const isPoll = (event) => event.detail.elt.closest?.("[data-poll]");
  document.addEventListener("htmx:sendError", (event) => {
    // The board tells of its own moves what becomes of the card.
    if (!isPoll(event) && !event.detail.elt.matches("[data-mover]")) toast({ text: toasts.dataset.offline, level: "error" });
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (isPoll(event)) return;
    const status = event.detail.xhr.status;
    const why = status === 404 ? "gone" : status < 500 ? "refused" : "failed";
    toast({ text: toasts.dataset[why], level: "error" });
  });

  // Keys: any element with data-key answers to it; data-key-label makes it appear under "?".

  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
  let prefix = "";
  let prefixTimer;

  function press(element) {
    if (element.matches("input, select, textarea")) {
      element.focus();
      element.select?.();
    } else {
      element.click();
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || $("dialog[open]")) return;
    const key = prefix ? `${prefix} ${event.key}` : event.key;
    prefix = "";
    clearTimeout(prefixTimer);
    const found = $(`[data-key="${CSS.escape(key)}"]`);
    if (found) {
      event.preventDefault();
      press(found);
    } else if ($(`[data-key^="${CSS.escape(event.key)} "]`)) {
      prefix = event.key;
      prefixTimer = setTimeout(() => (prefix = ""), 1200);
    }
  });

  function showKeys() {
    const list = $("[data-keys-list]");
    list.replaceChildren();
    $$("[data-key-label]").forEach((element) => {
      const term = document.createElement("dt");
      element.dataset.key.split(" ").forEach((key) => {
        const cap = document.createElement("kbd");
        cap.textContent = key;
        term.append(cap, " ");
      });
      const meaning = document.createElement("dd");
      meaning.textContent = element.dataset.keyLabel;
      list.append(term, meaning);
    });
    $("#keys").showModal();
  }
  $$("[data-show-keys]").forEach((element) => element.addEventListener("click", showKeys));

  // A menu opened by a key is driven by keys.
  document.addEventListener("shown.bs.dropdown", (event) => {
    const menu = event.target.parentElement.querySelector(".dropdown-menu");
    if (menu && event.target.matches("[data-key]")) menu.querySelector(".dropdown-item")?.focus();
  });

  // Notices come after their menu has opened, and anew after each act in it.
  document.addEventListener("htmx:afterSwap", (event) => {
    const menu = event.detail.target;
    if (menu.id !== "notices" || !menu.classList.contains("show")) return;
    const lost = document.activeElement === document.body || document.activeElement.id === "bell";
    if (lost) $("a, button, summary", menu)?.focus();
  });

  // Copy what stands in a field.
  document.addEventListener("click", (event) => {
    const copier = event.target.closest("[data-copy]");
    if (!copier) return;
    const field = document.getElementById(copier.dataset.copy);
    field.select();
    const said = () => toast({ text: copier.dataset.copied });
    // Without https a page may not use the clipboard; the field is selected all the same.
    if (navigator.clipboard) navigator.clipboard.writeText(field.value).then(said, told);
    else if (document.execCommand("copy")) said();
  });

  // Theme and left bar

  const themes = $("[data-themes]");
  function markTheme() {
    $$("[name=theme]", themes).forEach((each) => each.classList.toggle("active", each.value === root.dataset.themeChoice));
  }
  if (themes) {
    markTheme();
    themes.addEventListener("click", (event) => {
      const choice = event.target.closest("[name=theme]");
      if (!choice) return;
      window.chooseTheme(choice.value);
      markTheme();
    });
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-fold-sidebar]")) return;
    const folded = root.toggleAttribute("data-sidebar-folded");
    try {
      localStorage.setItem("sidebar", folded ? "folded" : "open");
    } catch (error) {
      // Storage may be forbidden; the bar then only stays folded on this page.
    }
    window.dispatchEvent(new Event("resize"));
  });

  // Forms

  // A form of filters offers to clear them once one is set.
  const isSet = (each) => each.name && each.type !== "hidden" && (each.type === "checkbox" ? each.checked : each.value);
  const markFiltered = (form) => form.classList.toggle("is-filtered", [...form.elements].some(isSet));
  $$("form.filters").forEach(markFiltered);
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form.filters");
    if (form) markFiltered(form);
  });
  // Filters that stand in the address: a change submits them.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-submit-on-change]");
    if (form) form.requestSubmit();
  });
  // Rows that lead somewhere are clickable as a whole; the link inside stays the keyboard's way.
  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-href]");
    if (row && !event.target.closest("a, button, input, label, select") && !String(getSelection())) {
      location.assign(row.dataset.href);
    }
  });
  // A button that fills in a date.
  document.addEventListener("click", (event) => {
    const fill = event.target.closest("[data-fill]");
    if (!fill) return;
    const input = document.getElementById(fill.dataset.fill);
    input.value = fill.dataset.value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  // Ctrl or Cmd with Enter saves from any field; Enter alone is a new line of a note.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    const form = typing(event.target)?.closest("form[data-draft]");
    // An open list takes Enter for its own choice.
    if (!form || event.target.getAttribute("aria-expanded") === "true") return;
    event.preventDefault();
    form.requestSubmit();
  });
  // Leaving a page with something typed into it asks first.
  let dirty = false;
  document.addEventListener("input", (event) => {
    if (event.target.closest("form[data-guard]")) dirty = true;
  });
  document.addEventListener("submit", () => (dirty = false));
  window.addEventListener("beforeunload", (event) => dirty && event.preventDefault());

  window.stepwise = { toast, told };
})();
