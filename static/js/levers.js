// Sliders of the planning page: a range and its number say the same, an answer follows each move.
(function () {
  "use strict";
  const form = document.getElementById("what-if-form");
  if (!form) return;
  const rows = [...form.querySelectorAll("[data-slider]")];
  const rangeOf = (row) => row.querySelector("[type=range]");
  const numberOf = (row) => row.querySelector("[type=text]");

  const isMoved = (row) => Number(numberOf(row).value) !== Number(row.dataset.saved);

  function mark(row) {
    row.classList.toggle("is-moved", isMoved(row));
  }

  // A value beyond the usual places widens its slider, up to what can be assumed.
  function place(row, position) {
    const range = rangeOf(row);
    const most = Number(row.dataset.most);
    if (position > Number(range.max)) range.max = Math.min(position, most);
    if (position < Number(range.min)) range.min = Math.max(position, 0);
    range.value = position;
  }

  function setTo(row, position) {
    numberOf(row).value = position;
    place(row, Number(position));
    mark(row);
  }

  // The server is quick; this only keeps a drag from asking at every pixel.
  const PAUSE = 60;
  let timer = 0;
  let keeping = false;
  function ask() {
    clearTimeout(timer);
    // A preview would take the place of a request that keeps something.
    timer = setTimeout(() => keeping || htmx.trigger(form, "preview"), PAUSE);
  }
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.matches("[data-keep]")) keeping = true;
  });

  form.addEventListener("input", (event) => {
    const row = event.target.closest("[data-slider]");
    if (!row) return;
    if (event.target === rangeOf(row)) numberOf(row).value = event.target.value;
    else if (event.target.value.trim() && !isNaN(event.target.value)) place(row, Number(event.target.value));
    mark(row);
    ask();
  });
  form.addEventListener("keydown", (event) => {
    // Enter in a number asks; it does not keep.
    if (event.key !== "Enter" || !event.target.closest("[data-slider]")) return;
    event.preventDefault();
    ask();
  });

  function reset() {
    rows.forEach((row) => setTo(row, row.dataset.saved));
    ask();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-reset-sliders]")) reset();
    const button = event.target.closest("[data-try]");
    if (!button) return;
    const row = rows.find((each) => each.dataset.slider === button.dataset.try);
    if (!row) return;
    // Each lever on its own: that is what the answer was for.
    rows.forEach((each) => setTo(each, each.dataset.saved));
    setTo(row, button.dataset.position);
    ask();
    document.getElementById("what-if").scrollIntoView({ block: "start" });
    rangeOf(row).focus({ preventScroll: true });
  });

  // A saved target has another answer. The plan's version stands for its assumptions, too.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.matches("[data-keep]")) keeping = false;
    if (!event.detail.elt.matches("[data-save]") || !event.detail.successful) return;
    const version = document.getElementById("plan-version");
    if (version) form.querySelector("[data-version]").value = version.value;
    htmx.trigger(document.body, "plan-saved");
    ask();
  });
})();
