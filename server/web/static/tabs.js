// Brings the active tab of a row that scrolls into view; without script a browser that can does so by its style.
for (const row of document.querySelectorAll(".tabs")) {
  const active = row.querySelector("[aria-current]");
  if (active) row.scrollLeft = active.offsetLeft - row.offsetLeft - (row.clientWidth - active.offsetWidth) / 2;
}
