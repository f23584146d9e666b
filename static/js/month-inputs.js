// Amounts by month: arrows go from row to row, and nothing typed is lost.
(function () {
  "use strict";
  const page = document.querySelector("[data-month-inputs]");
  if (!page) return;

  page.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const cell = event.target.matches("[data-month-input]") && event.target.closest("td");
    if (!step || !cell) return;
    const row = step < 0 ? cell.parentElement.previousElementSibling : cell.parentElement.nextElementSibling;
    const next = row && row.cells[cell.cellIndex].querySelector("[data-month-input]");
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.select();
  });

  page.addEventListener("keydown", (event) => {
    const fill = event.key === "Enter" && event.target.closest(".month-fill");
    if (!fill) return;
    event.preventDefault();
    fill.querySelector("button").click();
  });

  let isUnsaved = false;
  page.addEventListener("input", () => (isUnsaved = true));
  document.addEventListener("htmx:afterSwap", () => {
    if (page.querySelector("form[data-unsaved]")) isUnsaved = true;
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.getResponseHeader("HX-Redirect")) isUnsaved = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (isUnsaved) event.preventDefault();
  });
})();
