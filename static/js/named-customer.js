// A customer is chosen while its name is typed, or one is made of what was typed.
(function () {
  "use strict";

  function partsOf(element) {
    const form = element.closest("form");
    const field = form.querySelector("[data-customer-field]");
    return {
      form,
      field,
      text: form.elements.customer_name,
      list: field.querySelector(".customer-choices"),
      note: field.querySelector("[data-new-customer]"),
    };
  }

  function close({ text, list }) {
    list.replaceChildren();
    text.setAttribute("aria-expanded", "false");
  }

  const tell = (form, what, detail) => form.dispatchEvent(new CustomEvent(`customer:${what}`, { bubbles: true, detail }));

  function choose(option) {
    const parts = partsOf(option);
    const { form, field, text, note } = parts;
    const { customer, create_customer: create } = form.elements;
    text.value = option.dataset.name;
    customer.value = option.dataset.customer || "";
    create.value = "create" in option.dataset ? "true" : "";
    note.hidden = !create.value;
    if (create.value) htmx.trigger(note.querySelector("[data-duplicates]"), "ask");
    tell(form, "chosen", { ...option.dataset });
    close(parts);
    customer.dispatchEvent(new Event("change", { bubbles: true }));
    // Where typing goes on.
    (form.elements[field.dataset.then] || text).focus();
  }

  document.addEventListener("click", (event) => {
    const option = event.target.closest(".customer-choice");
    if (option) {
      choose(option);
      return;
    }
    document.querySelectorAll("[data-customer-field]").forEach((field) => {
      if (!field.contains(event.target)) close(partsOf(field));
    });
  });

  document.addEventListener("input", (event) => {
    if (event.target.name !== "customer_name") return;
    const { form, note } = partsOf(event.target);
    form.elements.customer.value = form.elements.create_customer.value = "";
    note.hidden = true;
    note.querySelector("[data-duplicates]").replaceChildren();
    tell(form, "unchosen");
  });

  // A draft that came back may be that of a new customer.
  document.addEventListener("draft:filled", ({ target }) => {
    if (!target.querySelector("[data-customer-field]")) return;
    const { form, note } = partsOf(target);
    note.hidden = !form.elements.create_customer.value;
  });
  // Whom it may be already is asked anew, once htmx listens to the form that it came back to.
  document.addEventListener("draft:filled", ({ target }) => {
    setTimeout(() => target.querySelectorAll("[data-duplicates]").forEach((each) => each.closest("[hidden]") || htmx.trigger(each, "ask")));
  });

  const ask = ({ text }) => htmx.trigger(text, "ask");

  document.addEventListener("htmx:afterSwap", (event) => {
    const { target } = event.detail;
    // A name that was refused as nobody's is offered at once.
    const refused = target.querySelector("[name=customer_name][aria-invalid=true]");
    if (refused) setTimeout(() => ask({ text: refused }));
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
    if (!options.length && event.key === "ArrowDown") ask(parts);
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
