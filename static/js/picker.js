// Pickers: type, choose with arrows and Enter or a click; the hidden input holds the key.
(function () {
  "use strict";
  const timers = new WeakMap();

  const parts = (picker) => ({
    key: picker.querySelector("input[type=hidden]"),
    text: picker.querySelector("input[type=text]"),
    list: picker.querySelector("[role=listbox]"),
  });

  function close(picker) {
    const { text, list } = parts(picker);
    list.hidden = true;
    text.setAttribute("aria-expanded", "false");
  }

  function choose(picker, option) {
    const { key, text } = parts(picker);
    key.value = option.dataset.value;
    text.value = option.dataset.label || option.textContent.trim();
    close(picker);
    key.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async function ask(picker) {
    const { text, list } = parts(picker);
    const asked = text.value;
    const url = `${picker.dataset.picker}?q=${encodeURIComponent(asked)}`;
    const answer = await fetch(url, { headers: { "HX-Request": "true" } });
    if (!answer.ok || text.value !== asked) return;
    list.innerHTML = await answer.text();
    list.hidden = !list.childElementCount;
    text.setAttribute("aria-expanded", String(!list.hidden));
    mark(list, 0);
  }

  function mark(list, at) {
    const options = [...list.querySelectorAll("[role=option]")];
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    options[at]?.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("input", (event) => {
    const picker = event.target.closest("[data-picker]");
    if (!picker || event.target.type !== "text") return;
    parts(picker).key.value = "";
    clearTimeout(timers.get(picker));
    timers.set(picker, setTimeout(() => ask(picker), 180));
  });

  document.addEventListener("keydown", (event) => {
    const picker = event.target.closest("[data-picker]");
    if (!picker || event.isComposing) return;
    const { list } = parts(picker);
    if (list.hidden) {
      if (event.key === "ArrowDown") ask(picker);
      return;
    }
    const options = [...list.querySelectorAll("[role=option]")];
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(list, Math.max(0, Math.min(options.length - 1, at + (event.key === "ArrowDown" ? 1 : -1))));
    } else if (event.key === "Enter" && options[at]) {
      event.preventDefault();
      choose(picker, options[at]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      close(picker);
    }
  });

  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[data-picker] [role=option]");
    if (!option) return;
    event.preventDefault();
    choose(option.closest("[data-picker]"), option);
  });
  document.addEventListener("focusout", (event) => {
    const picker = event.target.closest("[data-picker]");
    if (picker && !picker.contains(event.relatedTarget)) close(picker);
  });
})();
