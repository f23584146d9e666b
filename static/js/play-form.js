// Writing a play: lines and templates are added, taken out and put in order, by mouse or by buttons.
(function () {
  "use strict";
  const form = document.querySelector("[data-play-form]");
  const changed = () => form.dispatchEvent(new Event("input", { bubbles: true }));

  const listOf = (kind) => form.querySelector(`[data-rows=${kind}]`);

  function append(kind) {
    listOf(kind).append(document.querySelector(`template[data-row=${kind}]`).content.cloneNode(true));
  }

  function add(kind) {
    append(kind);
    const list = listOf(kind);
    list.lastElementChild.querySelector("input:not([type=hidden]), select").focus();
  }

  // What was typed comes back into as many rows as it was typed in.
  function makeRows(kind, count) {
    while (listOf(kind).children.length > count) listOf(kind).lastElementChild.remove();
    while (listOf(kind).children.length < count) append(kind);
  }

  form.addEventListener("draft:filling", ({ detail }) => {
    makeRows("line", detail.line?.length || 0);
    makeRows("script", detail.script_name?.length || 0);
  });
  form.addEventListener("draft:filled", changed);
  form.dispatchEvent(new Event("draft:restore", { bubbles: true }));

  form.addEventListener("click", (event) => {
    const adder = event.target.closest("[data-add-row]");
    if (adder) add(adder.dataset.addRow);
    const button = event.target.closest("[data-row-up], [data-row-down], [data-row-out]");
    if (!button) return;
    const row = button.closest(".row-edit");
    if (button.matches("[data-row-out]")) row.remove();
    else if (button.matches("[data-row-up]")) row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    button.focus();
    changed();
  });

  // Enter in a line begins the next one; it does not send the form.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.target.name !== "line") return;
    event.preventDefault();
    add("line");
  });

  form.querySelectorAll("[data-rows]").forEach((list) => {
    Sortable.create(list, { handle: ".row-grip", animation: 140, onEnd: changed });
  });
})();
