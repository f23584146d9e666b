// Pictures and PDFs looked at in a dialog, one after the other.
(function () {
  "use strict";
  // Phones show no PDF inside of a page, or its first page alone.
  const embedsPdfs = navigator.pdfViewerEnabled && !matchMedia("(pointer: coarse)").matches;

  const links = () => [...document.querySelectorAll("[data-look]")];
  const read = (link) => ({
    kind: link.dataset.look,
    name: link.textContent,
    facts: link.parentElement.querySelector("small").textContent,
    address: link.href,
    download: link.dataset.download,
  });
  const filled = (dialog, selector) => dialog.querySelector(selector).content.cloneNode(true);

  // A new element each time: a frame that only changes its address fills the history of the page.
  const showing = {
    picture({ name, address }, dialog) {
      const picture = new Image();
      picture.alt = name;
      picture.addEventListener("error", () => picture.replaceWith(filled(dialog, "[data-broken]")));
      picture.src = address;
      return picture;
    },
    pdf({ name, address }, dialog) {
      if (!embedsPdfs) return filled(dialog, "[data-beside]");
      const frame = document.createElement("iframe");
      frame.title = name;
      frame.src = `${address}#navpanes=0`;
      return frame;
    },
  };

  const turns = { ArrowLeft: -1, ArrowRight: 1 };
  let turn = null;

  function show(dialog, file, place) {
    const part = (selector) => dialog.querySelector(selector);
    part("h2").textContent = file.name;
    part("[data-facts]").textContent = file.facts;
    part("[data-place]").textContent = place;
    part("[data-download]").href = file.download;
    part("[data-stage]").replaceChildren(showing[file.kind](file, dialog));
    dialog.querySelectorAll("[data-open]").forEach((link) => (link.href = file.address));
  }

  function open(opener) {
    const files = links().map(read);
    let at = links().indexOf(opener);
    const dialog = document.getElementById("look").content.firstElementChild.cloneNode(true);
    turn = (step) => {
      at = (at + step + files.length) % files.length;
      show(dialog, files[at], `${at + 1} / ${files.length}`);
    };
    dialog.querySelector("[data-turns]").hidden = files.length === 1;
    // The list may have been written anew meanwhile, by a file that was still being sent.
    dialog.addEventListener("close", () => {
      turn = null;
      dialog.remove();
      links().find((link) => link.href === opener.href)?.focus();
    });
    document.body.append(dialog);
    turn(0);
    dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-turn]");
    if (button) turn(Number(button.dataset.turn));
    // With a key held the link is an ordinary one, for a tab or a window of its own.
    const link = event.target.closest("[data-look]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(link);
  });
  // On the whole document: after a click on a picture nothing in the dialog has the focus.
  document.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!turn || !isPlain || !(event.key in turns)) return;
    event.preventDefault();
    turn(turns[event.key]);
  });
})();
