// Keeps the progress of baseline runs fresh; when a run changes its state, the page is fetched anew.
import { tellValues } from "./chart.js";
import { duration } from "./texts.js";

const EVERY = 2000;
const root = document.getElementById("runs");

function update(run) {
  const row = root.querySelector(`[data-run="${run.id}"]`);
  if (!row || row.dataset.state !== run.state) return false;
  const { epoch, epochs, loss, score, seconds_left: left } = run.progress;
  const texts = { epoch: epoch ?? "\u2013", epochs: epochs ?? "\u2013", loss: typeof loss === "number" ? loss.toPrecision(4) : "\u2013", score: typeof score === "number" ? score.toPrecision(4) : "\u2013", left: typeof left === "number" ? duration(left) : "\u2013" };
  for (const [name, text] of Object.entries(texts)) {
    const element = row.querySelector(`[data-slot="${name}"]`);
    if (element) element.textContent = text;
  }
  const bar = row.querySelector('[data-slot="bar"]');
  if (bar) { bar.max = epochs || 1; bar.value = epoch || 0; }
  showLog(run.log);
  showCurve(run.curve);
  return true;
}

// The server draws the charts; when the curve has grown, they are taken from a fresh copy of this page.
async function showCurve(points) {
  const curves = document.getElementById("curves");
  if (!curves || !points || String(points.length) === curves.dataset.points) return;
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("curves");
  const isOpen = curves.querySelector("details")?.open;
  if (fresh) { curves.replaceWith(fresh); tellValues(fresh); }
  const table = fresh?.querySelector("details");
  if (table) table.open = isOpen ?? false;
}

function showLog(text) {
  const log = document.querySelector('[data-slot="log"]');
  if (!log || !text || log.textContent === text) return;
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
  log.textContent = text;
  if (atEnd) log.scrollTop = log.scrollHeight;
}

async function poll() {
  try {
    const answer = await fetch(root.dataset.poll, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const body = await answer.json();
      if (!(body.runs ?? [body]).every(update)) { location.reload(); return; }
    }
  } catch { /* The server may be restarting; the next round asks again. */ }
  setTimeout(poll, EVERY);
}

if (root?.dataset.poll) setTimeout(poll, EVERY);
