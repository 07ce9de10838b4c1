// The sheet of items: Enter and the arrow keys go up and down a column, and only changed cells are sent.
(() => {
  const form = document.querySelector(".items-sheet");
  if (!form) return;
  const cells = [...form.querySelectorAll("td input")];
  const width = form.querySelectorAll("thead th").length - 1;
  const STEPS = { Enter: width, ArrowDown: width, ArrowUp: -width };

  form.addEventListener("keydown", (event) => {
    const place = cells.indexOf(event.target);
    const step = event.shiftKey && event.key === "Enter" ? -width : STEPS[event.key];
    if (place < 0 || step === undefined || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next = cells[place + step];
    next?.focus();
    next?.select();
  });

  const isChanged = (cell) => cell.value.trim() !== cell.defaultValue;
  form.addEventListener("input", (event) => event.target.classList.toggle("is-changed", isChanged(event.target)));
  form.addEventListener("submit", () => cells.forEach((cell) => { cell.disabled = !isChanged(cell); }));
  // Back from the next page, the cells can be written in again.
  addEventListener("pageshow", () => cells.forEach((cell) => { cell.disabled = false; }));
  addEventListener("beforeunload", (event) => {
    if (cells.some((cell) => !cell.disabled && isChanged(cell)) && !form.matches(".is-sent")) event.preventDefault();
  });
  form.addEventListener("submit", () => form.classList.add("is-sent"));
})();
