// Files: dropped or pasted anywhere on the page, sent at once, with progress.
(function () {
  "use strict";
  const form = () => document.querySelector("[data-files]");

  function send(files) {
    const source = form();
    const chosen = new DataTransfer();
    for (const file of files) chosen.items.add(file);
    source.querySelector("[type=file]").files = chosen.files;
    // Not by an event: right after an answer nobody listens to the new form yet.
    const asked = { source, target: "#files", swap: "outerHTML" };
    htmx.ajax("POST", source.getAttribute("action"), asked).catch(window.stepwise.told);
  }

  // A file chosen before the scripts had come was heard by nobody.
  document.addEventListener("DOMContentLoaded", () => {
    const early = form()?.querySelector("[type=file]").files;
    if (early?.length) send(early);
  });

  const carriesFiles = (event) => form() && [...(event.dataTransfer?.types || [])].includes("Files");
  const mark = (isOver) => form()?.classList.toggle("is-over", isOver);

  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    mark(true);
  });
  document.addEventListener("dragleave", (event) => !event.relatedTarget && mark(false));
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    mark(false);
    send(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData?.files;
    if (!form() || !files?.length || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    send(files);
  });

  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.closest?.("[data-files]")?.querySelector("progress");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = event.detail.loaded / event.detail.total;
  });
})();
