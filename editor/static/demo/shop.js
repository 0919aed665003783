// What a visitor does is told to Headrace: `data-track` names the event, `data-told` its properties.
"use strict";
(() => {
  const { track, identify, visitor } = window.headrace;
  const tell = (element) => {
    if (element !== null && element.dataset.track)
      track(element.dataset.track, JSON.parse(element.dataset.told || "{}"));
  };
  const customer = document.body.dataset.customer;
  if (customer && sessionStorage.getItem("identified") !== `${visitor()} ${customer}`)
    identify(customer, {}).then(() =>
      sessionStorage.setItem("identified", `${visitor()} ${customer}`));
  for (const shown of document.querySelectorAll("main [data-track]:not(form, button)")) tell(shown);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.hasAttribute("data-newsletter")) {
      event.preventDefault();
      const told = Object.fromEntries(new FormData(form));
      const traits = { email: told.email, consent: { email: true } };
      if (told.first_name) traits.first_name = told.first_name;
      identify(null, traits)
        .then(() => track("form_submitted", { form: "newsletter" }))
        .then(() => location.assign(form.action));
      return;
    }
    tell(form);
    tell(event.submitter);
    if (form.hasAttribute("data-clock"))
      for (const button of form.querySelectorAll("button")) setTimeout(() => { button.disabled = true; });
  });
})();
