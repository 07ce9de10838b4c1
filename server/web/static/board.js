import { serverNow } from "./countdown.js";
import { gettext } from "./texts.js";

// Keeps a board fresh: asks whether it has changed, which costs the server next to nothing, and only then takes the
// table from a fresh copy of this page. Rests while nobody looks.
const SOONEST = 15000, LATEST = 30000, SLOWEST = 300000;
const news = document.getElementById("board-news");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const board = () => document.getElementById("board");
let timer, failures = 0;

// At no common beat, so that a lecture hall full of telephones does not ask at once; rarely while nothing answers.
const pause = () => Math.min(SLOWEST, (SOONEST + Math.random() * (LATEST - SOONEST)) * 2 ** failures);

async function look() {
  const { live, etag, until } = board().dataset;
  if (until && serverNow() >= Date.parse(until)) { await renew(); return true; }  // another board may be open now
  const answer = await fetch(live, { headers: { "If-None-Match": etag }, cache: "no-store" });
  await answer.body?.cancel();
  if (answer.status === 304) return true;
  if (!answer.ok) return answer.status >= 500;
  if (answer.headers.get("etag") !== etag) await renew();
  return true;
}

async function renew() {
  const answer = await fetch(location.href, { cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("board");
  if (!fresh) { location.reload(); return; }
  const old = board();
  const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  old.replaceWith(fresh);
  if (focused) fresh.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  if (!calm.matches) mark(old, fresh);
  tell(old, fresh);
}

// Teams that are new or have another score light up for a moment; that others stand lower for it is no news of them.
function mark(old, fresh) {
  const text = (row) => [".team", ".team + .num"].map((part) => row.querySelector(part)?.textContent).join();
  const before = new Set([...old.querySelectorAll("tr[data-team]")].map(text));
  for (const row of fresh.querySelectorAll("tr[data-team]")) row.classList.toggle("is-fresh", !before.has(text(row)));
}

function tell(old, fresh) {
  const rank = (root) => root.querySelector("tr.mine .rank")?.textContent.trim();
  news.textContent = rank(fresh) && rank(fresh) !== rank(old)
    ? gettext("The board has changed. Your rank is now {rank}.", { rank: rank(fresh) })
    : gettext("The board has changed.");
}

async function poll() {
  let goesOn = true;
  try {
    goesOn = await look();
    failures = 0;
  } catch { failures += 1; }
  if (goesOn) wait(pause());
}

function wait(milliseconds) {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(poll, milliseconds);
}

document.addEventListener("visibilitychange", () => wait(1000));
if (board()?.dataset.live) wait(pause());
