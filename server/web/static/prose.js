// Gives each block of code in a text from staff a button that copies it. Without script the code is there to select.
import { gettext } from "./texts.js";

const SAID_FOR = 2000;

for (const box of document.querySelectorAll(".prose .code")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = gettext("Copy");
  button.setAttribute("aria-label", gettext("Copy this code"));
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(box.querySelector("code").textContent);
      button.textContent = gettext("Copied");
    } catch {
      getSelection().selectAllChildren(box.querySelector("code"));  // where copying is not allowed, two keys do it
      button.textContent = gettext("Selected");
    }
    setTimeout(() => { button.textContent = gettext("Copy"); }, SAID_FOR);
  });
  box.append(button);
}
