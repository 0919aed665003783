// Forms that move the demo's clock are sent once.
"use strict";
(() => {
  for (const form of document.querySelectorAll("[data-clock]"))
    form.addEventListener("submit", () => {
      for (const button of form.querySelectorAll("button"))
        setTimeout(() => { button.disabled = true; });
    });
})();
