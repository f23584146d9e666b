// The board: drag by mouse and touch, the keyboard's way, and what a move asks for.
(function () {
  "use strict";
  const board = document.querySelector("[data-board]");
  if (!board) return;
  const live = document.getElementById("board-live");
  const lostDialog = document.getElementById("lost-dialog");
  const moveDialog = document.getElementById("move-dialog");
  const lists = () => [...board.querySelectorAll(".cards")];
  const cardsIn = (list) => [...list.querySelectorAll(".deal-card")];
  const listOf = (card) => card.closest(".cards");
  // Moves by the card's id, in the order they were made; the first one is under way.
  const onTheWay = new Map();
  const shown = (card) => document.getElementById(card.id) || card;

  const say = (text, card, list) => {
    live.textContent = text
      .replace("%(deal)s", card.dataset.name)
      .replace("%(stage)s", list.dataset.name);
  };

  function putBack(card, origin) {
    const before = origin.before?.parentElement === origin.list ? origin.before : null;
    origin.list.insertBefore(card, before);
    say(board.dataset.back, card, origin.list);
  }

  function send(card, list, origin, values) {
    const moves = onTheWay.get(card.id) || [];
    moves.push({ card, list, origin, values });
    onTheWay.set(card.id, moves);
    if (moves.length === 1) ask(moves[0]);
    say(board.dataset.moved, card, list);
  }

  // The page asks, not the card: an answer puts another card in its place.
  function ask(move) {
    const card = shown(move.card);
    const address = new URL(card.dataset.move, location.href);
    address.search = location.search;
    address.searchParams.set("on", "board");
    const body = { stage: move.list.dataset.stage, version: card.dataset.version, ...move.values };
    const source = document.createElement("span");
    source.hidden = true;
    source.dataset.mover = card.id;
    board.append(source);
    htmx.ajax("POST", address.pathname + address.search, { source, values: body, swap: "none" }).catch(window.stepwise.told);
  }

  // A card that lies in `list` already; origin says where it came from.
  function settle(card, list, origin) {
    if (list === origin.list) return;
    if (list.dataset.status === "lost") askReason(card, list, origin);
    else send(card, list, origin, {});
  }

  function moveTo(card, list) {
    const origin = { list: listOf(card), before: card.nextElementSibling };
    if (list === origin.list) return;
    list.prepend(card);
    card.focus();
    show(list);
    settle(card, list, origin);
  }

  // The answer replaces the card; a refusal brings its own, a broken line brings the old one back.
  // What was to follow a refused move would start from where the card is not.
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr } = event.detail;
    const moves = onTheWay.get(elt.dataset?.mover);
    if (!moves) return;
    // A broken line is told once this event is over, by the same element.
    setTimeout(() => elt.remove());
    const moved = moves.shift();
    const isDone = xhr && xhr.status > 0 && xhr.status < 400;
    if (!isDone && xhr?.status !== 422) {
      putBack(shown(moved.card), moved.origin);
      // An answer that says no says so itself.
      if (!xhr?.status) window.stepwise.toast({ text: board.dataset.failed, level: "error" });
    }
    if (isDone && moves.length) next(moves);
    else onTheWay.delete(moved.card.id);
    shown(moved.card).focus({ preventScroll: true });
  });

  // The new card came to where the old one lay; its next stage is already chosen.
  function next(moves) {
    const card = shown(moves[0].card);
    if (listOf(card) !== moves.at(-1).list) moves.at(-1).list.prepend(card);
    ask(moves[0]);
  }

  // Lost asks why before it moves; every way out but the button puts the card back.

  function askReason(card, list, origin) {
    const form = lostDialog.querySelector("form");
    form.reset();
    lostDialog.querySelector("[data-lost-deal]").textContent = card.dataset.name;
    lostDialog.returnValue = "";
    lostDialog.addEventListener(
      "close",
      () => {
        if (lostDialog.returnValue !== "lost") {
          putBack(shown(card), origin);
          shown(card).focus();
          return;
        }
        const reason = form.elements.lost_reason;
        send(card, list, origin, reason ? { lost_reason: reason.value } : {});
      },
      { once: true },
    );
    lostDialog.showModal();
  }

  // Drag

  // On a phone the other columns are off the screen; there a stage's tab takes the card.
  function tabUnder(event) {
    const { clientX, clientY } = event.changedTouches?.[0] || event;
    if (!narrow.matches || !Number.isFinite(clientX)) return null;
    return document.elementsFromPoint(clientX, clientY).find((each) => each.matches("[data-tab]")) || null;
  }

  function underTab(found) {
    board.querySelectorAll("[data-tab]").forEach((tab) => tab.classList.toggle("is-under", tab === found));
  }

  const markTab = (event) => underTab(tabUnder(event));

  function makeSortable() {
    lists().forEach((list) => {
      Sortable.create(list, {
        group: "deals",
        draggable: ".deal-card",
        sort: false,
        animation: 140,
        delay: 180,
        delayOnTouchOnly: true,
        touchStartThreshold: 4,
        forceFallback: true,
        fallbackOnBody: true,
        fallbackTolerance: 5,
        scroll: true,
        bubbleScroll: true,
        filter: ".deal-menu, .deal-log",
        preventOnFilter: false,
        ghostClass: "is-ghost",
        chosenClass: "is-chosen",
        onStart: () => {
          board.classList.add("is-dragging");
          ["pointermove", "touchmove"].forEach((kind) => document.addEventListener(kind, markTab));
        },
        onEnd: ({ item, from, to, oldDraggableIndex, originalEvent }) => {
          const tab = tabUnder(originalEvent);
          ["pointermove", "touchmove"].forEach((kind) => document.removeEventListener(kind, markTab));
          underTab(null);
          board.classList.remove("is-dragging");
          const origin = { list: from, before: cardsIn(from)[oldDraggableIndex] || from.querySelector(".cards-more") };
          const list = tab ? document.getElementById(`cards-${tab.dataset.tab}`) : to;
          if (tab && list !== from) list.prepend(item);
          else if (tab) from.insertBefore(item, origin.before);
          settle(item, list, origin);
        },
      });
    });
  }

  // Keys

  const DIRECTIONS = { ArrowLeft: -1, ArrowRight: 1 };

  function focusBeside(card, step) {
    const all = lists();
    const row = cardsIn(listOf(card)).indexOf(card);
    let at = all.indexOf(listOf(card)) + step;
    while (all[at] && !cardsIn(all[at]).length) at += step;
    if (!all[at]) return;
    const cards = cardsIn(all[at]);
    cards[Math.min(row, cards.length - 1)].focus();
  }

  function onCardKey(event, card) {
    const list = listOf(card);
    const step = DIRECTIONS[event.key];
    const cards = cardsIn(list);
    const row = cards.indexOf(card);
    if (step && event.shiftKey) {
      const beside = lists()[lists().indexOf(list) + step];
      if (beside) moveTo(card, beside);
    } else if (step) focusBeside(card, step);
    else if (event.key === "ArrowDown") (cards[row + 1] || list.querySelector(".cards-more"))?.focus();
    else if (event.key === "ArrowUp") cards[row - 1]?.focus();
    else if (event.key === "m") openMenu(card);
    else if (event.key === "l") card.querySelector("[data-log]")?.click();
    else if (event.key === "Enter") card.querySelector(".deal-title").click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  board.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches(".deal-card")) onCardKey(event, event.target);
  });

  // Menu of stages

  let menuCard = null;

  function openMenu(card) {
    menuCard = card;
    moveDialog.querySelector("[data-move-deal]").textContent = card.getAttribute("aria-label");
    moveDialog.querySelectorAll("[data-to]").forEach((button) => {
      button.disabled = button.dataset.to === listOf(card).dataset.stage;
    });
    moveDialog.showModal();
    moveDialog.querySelector("[data-to]:enabled")?.focus();
  }

  function chooseStage(button) {
    moveDialog.close();
    moveTo(shown(menuCard), document.getElementById(`cards-${button.dataset.to}`));
  }

  moveDialog.addEventListener("click", (event) => {
    const button = event.target.closest("[data-to]");
    if (button) chooseStage(button);
  });
  moveDialog.addEventListener("keydown", (event) => {
    const buttons = [...moveDialog.querySelectorAll("[data-to]")];
    const chosen = buttons[Number(event.key) - 1];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (chosen && !chosen.disabled) {
      // The digit belongs to this dialog, not to the one that a lost deal opens.
      event.preventDefault();
      chooseStage(chosen);
    } else if (step) {
      const able = buttons.filter((each) => !each.disabled);
      const at = able.indexOf(document.activeElement);
      able[(at + step + able.length) % able.length].focus();
      event.preventDefault();
    }
  });
  moveDialog.addEventListener("close", () => menuCard?.isConnected && menuCard.focus());
  board.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-move-menu]");
    if (opener) openMenu(opener.closest(".deal-card"));
  });

  // One column at a time on a phone

  let watcher = null;
  const narrow = window.matchMedia("(max-width: 767.98px)");

  function show(list) {
    if (!narrow.matches) return;
    list.closest(".board-column").scrollIntoView({ inline: "start", block: "nearest" });
  }

  function mark(stage) {
    board.querySelectorAll("[data-tab]").forEach((tab) => {
      tab.setAttribute("aria-selected", String(tab.dataset.tab === stage));
    });
  }

  board.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-tab]");
    if (tab) show(document.getElementById(`cards-${tab.dataset.tab}`));
  });

  function watchColumns() {
    watcher?.disconnect();
    const columns = board.querySelector("[data-columns]");
    if (!columns) return;
    watcher = new IntersectionObserver(
      (entries) => {
        const seen = entries.find((entry) => entry.isIntersecting);
        if (!seen || !narrow.matches) return;
        const stage = seen.target.querySelector(".cards").dataset.stage;
        mark(stage);
        const tabs = board.querySelector(".board-tabs");
        const tab = document.getElementById(`column-tab-${stage}`);
        tabs.scrollTo({ left: tab.offsetLeft - tabs.offsetLeft - 16, behavior: "smooth" });
      },
      { root: columns, threshold: 0.6 },
    );
    columns.querySelectorAll(".board-column").forEach((column) => watcher.observe(column));
    mark(lists()[0]?.dataset.stage);
  }

  function begin() {
    makeSortable();
    watchColumns();
  }
  document.addEventListener("htmx:afterSwap", (event) => event.detail.target === board && begin());
  begin();
})();
