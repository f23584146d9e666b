// Deals on any page: the deal's name, dialogs of a deal's page.
(function () {
  "use strict";

  // Filters that are empty do not litter the address.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.matches("[data-drop-empty]")) return;
    const { parameters } = event.detail;
    for (const name of Object.keys(parameters)) {
      if (parameters[name] === "") delete parameters[name];
    }
  });
  document.addEventListener("htmx:pushedIntoHistory", () => {
    document.querySelectorAll("a[data-keep-filters]").forEach((link) => {
      link.search = location.search;
    });
  });

  document.addEventListener("click", (event) => {
    event.target.closest("[data-toggle-filters]")?.form.classList.toggle("is-open");
    const opener = event.target.closest("[data-open-dialog]");
    if (opener) document.getElementById(opener.dataset.openDialog).showModal();
  });

  // What the deal is called where nobody says otherwise: nothing while the customer is half typed.
  function proposal(form) {
    const { product, customer, create_customer: create, customer_name: text } = form.elements;
    if (!customer.value && !create.value) return "";
    const chosen = product.value ? product.selectedOptions[0].textContent.trim() : "";
    return [chosen, text.value.trim()].filter(Boolean).join(" · ").slice(0, 200);
  }

  // The name follows customer and product until somebody types one.
  function prefill(form) {
    const { name } = form.elements;
    if (name.value && name.value !== form.dataset.prefilled) return;
    form.dataset.prefilled = name.value = proposal(form);
  }

  // What came back refused, or as a draft, still follows if it is what was proposed.
  function recognise(form) {
    if (form.elements.name.value === proposal(form)) form.dataset.prefilled = form.elements.name.value;
  }
  document.querySelectorAll("[data-deal-form]").forEach(recognise);

  // Typing replaces a proposed name, also after a click, which sets the cursor once it has focused.
  document.addEventListener("focusin", ({ target }) => {
    const form = target.closest("[data-deal-form]");
    if (!form || target.name !== "name") return;
    setTimeout(() => target.value && target.value === form.dataset.prefilled && target.select());
  });

  // A deal comes from where its customer came from, until somebody says otherwise.
  document.addEventListener("customer:chosen", ({ target, detail }) => {
    if (!target.matches("[data-deal-form]")) return;
    const { source } = target.elements;
    if (detail.source && !source.value) source.value = detail.source;
    prefill(target);
  });
  document.addEventListener("customer:unchosen", ({ target }) => {
    if (!target.matches("[data-deal-form]")) return;
    // What was asked of one customer is nothing to ask of another.
    target.querySelector("[data-asked-of]")?.remove();
    prefill(target);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-deal-form]");
    if (form && event.target.name === "product") prefill(form);
  });

  document.addEventListener("draft:filled", ({ target }) => {
    if (target.matches("[data-deal-form]")) recognise(target);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    event.detail.target.querySelectorAll("[data-deal-form]").forEach(recognise);
  });
})();
