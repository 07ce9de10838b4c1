// Buttons that copy: one in each block of code in a text from staff, and those of the page, which it hides without
// script, where the code and the hash are there to select.
import { gettext } from "./texts.js";

const SAID_FOR = 2000;

function offer(button, text, fallback) {
  const word = gettext("Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = gettext("Copied");
    } catch {
      getSelection().selectAllChildren(fallback);  // where copying is not allowed, two keys do it
      button.textContent = gettext("Selected");
    }
    setTimeout(() => { button.textContent = word; }, SAID_FOR);
  });
}

for (const box of document.querySelectorAll(".prose .code")) {
  const button = document.createElement("button");
  const code = box.querySelector("code");
  button.type = "button";
  button.className = "copy";
  button.textContent = gettext("Copy");
  button.setAttribute("aria-label", gettext("Copy this code"));
  offer(button, code.textContent, code);
  box.append(button);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const shown = button.previousElementSibling;
  offer(button, button.dataset.copy, shown);
  button.hidden = false;
}
