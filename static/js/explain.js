// Numbers open to their arithmetic, and arrows go from one to the next.
(function () {
  "use strict";
  const page = document.querySelector("[data-plan], [data-targets]");
  if (!page) return;

  // A number opens to the arithmetic of what is typed, and again when one comes back to the page.
  // Without this script it is a link, or its button submits the form; the button says no type, as
  // htmx would take a submit button that was clicked for the one that sends every later preview.
  const HASH = /^#explain=(.+)$/;
  const dialog = document.getElementById("dialog");
  const cellOf = (number) => number.value || new URL(number.href).searchParams.get("cell");

  function keepAddress(cell) {
    const hash = cell ? `#explain=${encodeURIComponent(cell)}` : "";
    history.replaceState(history.state, "", location.pathname + location.search + hash);
  }
  function explain(event, number) {
    event.preventDefault();
    number.classList.add("is-asked");
    const [verb, address] = number.href ? ["GET", number.href] : ["POST", number.formAction];
    htmx
      .ajax(verb, address, { source: number, target: "#dialog-body" })
      .then(() => dialog.open && keepAddress(cellOf(number)))
      .catch(window.stepwise.told)
      .finally(() => number.classList.remove("is-asked"));
  }
  dialog.addEventListener("close", () => keepAddress(""));

  // Tab goes from row to row, arrows from month to month: a year of tab stops would be too many.
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  page.addEventListener("keydown", (event) => {
    const cell = event.target.closest(".requirements td, .heat-table td");
    const step = STEPS[event.key];
    if (!cell || !step) return;
    const row = cell.closest("table").rows[cell.parentElement.rowIndex + step[0]];
    const next = row && row.cells[cell.cellIndex + step[1]];
    const number = next && next.querySelector("button, a");
    if (!number) return;
    event.preventDefault();
    number.focus();
  });

  page.addEventListener("click", (event) => {
    const number = event.target.closest("[data-explain]");
    const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    if (number && !(number.href && isElsewhere)) explain(event, number);
  });

  const asked = location.hash.match(HASH);
  if (!asked) return;
  const cell = decodeURIComponent(asked[1]);
  const opened = [...page.querySelectorAll("[data-explain]")].find((each) => cellOf(each) === cell);
  if (opened) window.addEventListener("load", () => opened.click());
})();
