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
  // Rows without numbers, such as the name of a stage, are stepped over.
  function nextOf(cell, [down, right]) {
    const rows = cell.closest("table").rows;
    let place = cell.parentElement.rowIndex + down;
    const numberIn = (row) => row.cells[cell.cellIndex + right]?.querySelector("button, a");
    while (down && rows[place] && !numberIn(rows[place])) place += down;
    return rows[place] && numberIn(rows[place]);
  }
  page.addEventListener("keydown", (event) => {
    const cell = event.target.closest(".requirements td, .heat-table td, .part-table td");
    const step = STEPS[event.key];
    if (!cell || !step) return;
    const number = nextOf(cell, step);
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
