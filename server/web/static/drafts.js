// Follows the launches of drafts, and lets drafts be dragged to another place on the calendar.

const EVERY = 3000;
const table = document.getElementById("drafts");

function isSame(draft) {
  const row = table.querySelector(`[data-draft="${draft.id}"]`);
  return row?.dataset.state === draft.state;
}

async function poll() {
  try {
    const answer = await fetch(table.dataset.poll, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const { drafts } = await answer.json();
      if (drafts.length !== table.querySelectorAll("[data-draft]").length || !drafts.every(isSame)) {
        if (!document.activeElement?.closest("main form")) { location.reload(); return; }
      }
    }
  } catch { /* The server may be restarting; the next round asks again. */ }
  setTimeout(poll, EVERY);
}

// A row is dropped on another one; the form of its buttons says by how many places it moves.
function drag(row) {
  row.draggable = true;
  row.addEventListener("dragstart", (event) => {
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", row.dataset.draft);
  });
  row.addEventListener("dragover", (event) => event.preventDefault());
  row.addEventListener("drop", (event) => {
    event.preventDefault();
    const dragged = table.querySelector(`[data-draft="${CSS.escape(event.dataTransfer.getData("text/plain"))}"]`);
    const places = Number(row.dataset.place) - Number(dragged?.dataset.place);
    if (!places) return;
    const form = dragged.querySelector('form[action$="/move"]');
    form.elements.places.value = String(places);
    form.requestSubmit();
  });
}

if (table?.dataset.poll) setTimeout(poll, EVERY);
for (const row of table?.querySelectorAll("[data-place]") ?? []) drag(row);
