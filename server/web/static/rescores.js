// Keeps the progress of a rescore fresh; when one changes its state, the page is fetched anew.
import { grouped } from "./texts.js";

const EVERY = 2000;
const root = document.getElementById("rescores");

function update(rescore) {
  const row = root.querySelector(`[data-rescore="${rescore.id}"]`);
  if (!row || row.dataset.state !== rescore.state) return false;
  for (const name of ["done", "total"]) {
    const element = row.querySelector(`[data-slot="${name}"]`);
    if (element) element.textContent = grouped(rescore[name]);
  }
  const bar = row.querySelector('[data-slot="bar"]');
  if (bar) { bar.max = rescore.total || 1; bar.value = rescore.done; }
  return true;
}

async function poll() {
  try {
    const answer = await fetch(root.dataset.poll, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const body = await answer.json();
      if (!(body.rescores ?? [body]).every(update)) { location.reload(); return; }
    }
  } catch { /* The server may be restarting; the next round asks again. */ }
  setTimeout(poll, EVERY);
}

if (root?.dataset.poll) setTimeout(poll, EVERY);
