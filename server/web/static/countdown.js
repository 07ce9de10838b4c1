// Countdowns and the footer's clock run on the server's time: what the page was sent with, moved on by this
// machine's clock. A wrong clock here therefore shifts nothing.
const sent = Date.parse(document.body.dataset.now);
const here = Date.now();
const two = (n) => String(n).padStart(2, "0");

export const serverNow = () => sent + (Date.now() - here);

export function remaining(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const [days, hours] = [Math.floor(seconds / 86400), Math.floor((seconds % 86400) / 3600)];
  const [minutes, rest] = [Math.floor((seconds % 3600) / 60), seconds % 60];
  return days > 0 ? `${days} d ${hours} h` : `${two(hours)}:${two(minutes)}:${two(rest)}`;
}

function tick() {
  const now = serverNow();
  for (const element of document.querySelectorAll("[data-countdown]")) {
    element.textContent = remaining(Date.parse(element.dateTime) - now);
  }
  for (const element of document.querySelectorAll("[data-clock]")) {
    element.textContent = new Date(now).toISOString().slice(0, 19).replace("T", " ");
  }
}

tick();
setInterval(tick, 1000);
