// The planning page: what changed flashes once, sliders take a shape, nothing typed is lost.
(function () {
  "use strict";
  const page = document.querySelector("[data-plan]");
  if (!page) return;
  const form = document.getElementById("plan-form");
  let before = new Map();

  const cells = () => [...document.querySelectorAll("#plan-result [data-cell]")];

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "plan-result") return;
    before = new Map(cells().map((cell) => [cell.dataset.cell, cell.textContent]));
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "plan-result") return;
    const verdict = document.querySelector(".verdict-text");
    page.querySelector("[data-verdict-live]").textContent = verdict ? verdict.textContent : "";
    cells().forEach((cell) => {
      if (before.has(cell.dataset.cell) && before.get(cell.dataset.cell) !== cell.textContent) {
        cell.classList.add("is-changed");
      }
    });
  });

  function showArithmetic(number) {
    const cell = number.parentElement;
    const stage = cell.parentElement.cells[0].textContent;
    const month = cell.closest("table").rows[0].cells[cell.cellIndex].textContent;
    page.querySelector("[data-arithmetic]").textContent = `${stage}, ${month}: ${number.title}`;
  }

  // Tab goes from row to row, arrows from month to month: a year of tab stops would be too many.
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  page.addEventListener("keydown", (event) => {
    const cell = event.target.closest(".requirements td");
    const step = STEPS[event.key];
    if (!cell || !step) return;
    const row = cell.closest("table").rows[cell.parentElement.rowIndex + step[0]];
    const next = row && row.cells[cell.cellIndex + step[1]];
    const number = next && next.querySelector("button");
    if (!number) return;
    event.preventDefault();
    number.focus();
  });

  page.addEventListener("click", (event) => {
    const number = event.target.closest(".requirements button");
    if (number) showArithmetic(number);
    const button = event.target.closest("[data-shape]");
    if (!button) return;
    const weights = button.dataset.shape.split(",");
    form.querySelectorAll("[name=shape]").forEach((slider, month) => (slider.value = weights[month]));
    form.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // A preview follows a pause in typing; it neither overtakes a save nor drops one from the queue.
  const PAUSE = 250;
  let timer = 0;
  let saving = false;

  function previewSoon() {
    clearTimeout(timer);
    timer = setTimeout(() => (saving ? previewSoon() : htmx.trigger(form, "preview")), PAUSE);
  }

  function onChange() {
    const state = document.getElementById("plan-state");
    state.textContent = page.dataset.unsavedWords;
    state.classList.add("is-unsaved");
    previewSoon();
  }
  form.addEventListener("input", onChange);
  form.addEventListener("change", onChange);

  const isSave = (event) => event.detail.elt.matches("[data-save]");
  form.addEventListener("htmx:beforeRequest", (event) => {
    if (!isSave(event)) return;
    saving = true;
    clearTimeout(timer);
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (isSave(event)) saving = false;
  });
  form.querySelector("[data-save]").addEventListener("click", () => clearTimeout(timer));

  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("#plan-state.is-unsaved")) event.preventDefault();
  });
})();
