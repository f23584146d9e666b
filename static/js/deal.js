// Deals on any page: choosing a customer while typing, the deal's name, dialogs of a deal's page.
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

  const partsOf = (element) => {
    const form = element.closest("[data-deal-form]");
    return {
      form,
      text: form.elements.customer_name,
      list: form.querySelector(".customer-choices"),
      note: form.querySelector("[data-new-customer]"),
    };
  };

  function close({ text, list }) {
    list.replaceChildren();
    text.setAttribute("aria-expanded", "false");
  }

  function choose(option) {
    const parts = partsOf(option);
    const { form, text, note } = parts;
    text.value = option.dataset.name;
    form.elements.customer.value = option.dataset.customer || "";
    form.elements.create_customer.value = "create" in option.dataset ? "true" : "";
    note.hidden = !("create" in option.dataset);
    if (!note.hidden) htmx.trigger(note.querySelector("[data-duplicates]"), "ask");
    if (option.dataset.source && !form.elements.source.value) {
      form.elements.source.value = option.dataset.source;
    }
    close(parts);
    prefill(form);
    form.elements.amount.focus();
  }

  // The name follows customer and product until somebody types one.
  function prefill(form) {
    const { name, product, customer_name: customer } = form.elements;
    if (name.value && name.value !== form.dataset.prefilled) return;
    const chosen = product.value ? product.selectedOptions[0].textContent.trim() : "";
    name.value = [chosen, customer.value.trim()].filter(Boolean).join(" · ").slice(0, 200);
    form.dataset.prefilled = name.value;
  }

  document.addEventListener("click", (event) => {
    const option = event.target.closest(".customer-choice");
    if (option) {
      choose(option);
      return;
    }
    document.querySelectorAll("[data-deal-form]").forEach((form) => {
      if (!event.target.closest("[data-customer-field]")) close(partsOf(form));
    });
  });

  document.addEventListener("input", (event) => {
    if (event.target.name !== "customer_name") return;
    const { form, note } = partsOf(event.target);
    form.elements.customer.value = form.elements.create_customer.value = "";
    note.hidden = true;
    note.querySelector("[data-duplicates]").replaceChildren();
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-deal-form]");
    if (form && ["product", "customer_name"].includes(event.target.name)) prefill(form);
  });

  // A draft that came back may be that of a deal with a new customer.
  document.addEventListener("draft:filled", (event) => {
    if (!event.target.matches("[data-deal-form]")) return;
    const { form, note } = partsOf(event.target);
    note.hidden = !form.elements.create_customer.value;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const { target } = event.detail;
    if (!target.matches(".customer-choices")) return;
    const { text } = partsOf(target);
    if (document.activeElement !== text) target.replaceChildren();
    text.setAttribute("aria-expanded", String(target.childElementCount > 0));
  });

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("[data-customer-field]");
    if (!field) return;
    const parts = partsOf(field);
    const options = [...parts.list.children];
    if (!options.length) return;
    const at = options.indexOf(document.activeElement);
    if (event.key === "ArrowDown") options[Math.min(at + 1, options.length - 1)].focus();
    else if (event.key === "ArrowUp") (options[at - 1] || parts.text).focus();
    else if (event.key === "Enter") choose(options[Math.max(at, 0)]);
    else if (event.key === "Escape") close(parts);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
})();
