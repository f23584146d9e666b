// The planning page: what changed flashes once, sliders take a shape, nothing typed is lost.
(function () {
  "use strict";
  const page = document.querySelector("[data-plan]");
  if (!page) return;
  // The form is replaced where somebody else has saved meanwhile: never keep it.
  const planForm = () => document.getElementById("plan-form");
  let before = new Map();

  const cells = () => [...document.querySelectorAll("#plan-result [data-cell]")];

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "plan-result") return;
    before = new Map(cells().map((cell) => [cell.dataset.cell, cell.textContent]));
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "plan-result") return;
    const verdict = document.querySelector(".verdict-text");
    say(verdict ? verdict.textContent : "");
    hintAtMore();
    cells().forEach((cell) => {
      if (before.has(cell.dataset.cell) && before.get(cell.dataset.cell) !== cell.textContent) {
        cell.classList.add("is-changed");
      }
    });
  });

  function say(text) {
    page.querySelector("[data-verdict-live]").textContent = text;
  }

  // The table fades at its right edge as long as there is more to scroll to.
  function hintAtMore() {
    const table = page.querySelector(".plan-table .table-responsive");
    if (!table) return;
    const hidden = table.scrollWidth - table.clientWidth - table.scrollLeft;
    table.classList.toggle("has-more", hidden > 4);
  }
  page.addEventListener("scroll", hintAtMore, { capture: true, passive: true });
  window.addEventListener("resize", hintAtMore);
  hintAtMore();

  function showArithmetic(number) {
    const cell = number.parentElement;
    const stage = cell.parentElement.cells[0].textContent;
    const month = cell.closest("table").rows[0].cells[cell.cellIndex].textContent;
    page.querySelector("[data-arithmetic]").textContent = `${stage}, ${month}: ${number.title}`;
  }

  page.addEventListener("focusin", (event) => {
    if (event.target.matches(".requirements button[title]")) showArithmetic(event.target);
  });

  page.addEventListener("click", (event) => {
    const button = event.target.closest("[data-shape]");
    if (!button) return;
    const weights = button.dataset.shape.split(",");
    const form = planForm();
    form.querySelectorAll("[name=shape]").forEach((slider, month) => (slider.value = weights[month]));
    form.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // A preview follows a pause in typing; it neither overtakes a save nor drops one from the queue.
  const PAUSE = 250;
  let timer = 0;
  let saving = false;

  function previewSoon() {
    clearTimeout(timer);
    timer = setTimeout(() => (saving ? previewSoon() : htmx.trigger(planForm(), "preview")), PAUSE);
  }

  function onChange(event) {
    if (!event.target.closest("#plan-form")) return;
    const state = document.getElementById("plan-state");
    state.textContent = page.dataset.unsavedWords;
    state.classList.add("is-unsaved");
    previewSoon();
  }
  page.addEventListener("input", onChange);
  page.addEventListener("change", onChange);

  const isSave = (event) => event.detail.elt.matches("[data-save]");
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isSave(event)) return;
    saving = true;
    clearTimeout(timer);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (isSave(event)) saving = false;
  });

  function markStale() {
    const isRefused = document.querySelector("#plan-state.is-refused") !== null;
    document.getElementById("plan-result").setAttribute("aria-disabled", isRefused);
    const stale = page.querySelector(".plan-stale");
    if (isRefused && stale) say(stale.textContent);
  }
  // Until it settles, what is swapped in carries the classes of what it replaces.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "plan-state") markStale();
  });
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.id !== "plan-form") return;
    saving = false;
    document.getElementById("plan-others").scrollIntoView({ block: "center" });
    previewSoon();
  });
  page.addEventListener("click", (event) => {
    if (event.target.closest("[data-save]")) clearTimeout(timer);
  });

  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("#plan-state.is-unsaved")) event.preventDefault();
  });
})();
