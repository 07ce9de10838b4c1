import { gettext } from "./texts.js";

// Fills the screen of the lecture hall and gives it back, where the browser can do so; Esc gives it back, too.
const button = document.getElementById("full-screen");
const isFull = () => document.fullscreenElement !== null;

const toggle = () => (isFull() ? document.exitFullscreen() : document.documentElement.requestFullscreen());

if (document.fullscreenEnabled) {
  button.hidden = false;
  button.addEventListener("click", () => toggle().catch(() => { button.hidden = true; }));
  document.addEventListener("fullscreenchange", () => {
    button.textContent = isFull() ? gettext("Leave full screen") : gettext("Full screen");
  });
}
