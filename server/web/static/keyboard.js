// For whoever uses no mouse: what scrolls can be focused, and after an act the page is where it was.
(() => {
  // What is long and secondary is folded on a phone, and open where there is room or no script.
  if (matchMedia("(max-width: 40rem)").matches) for (const fold of document.querySelectorAll("[data-fold-on-phones]")) fold.open = false;

  const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const PLACE = "splitboard-place";

  // A region that is wider or higher than its place is a stop of the Tab key; one that fits is none. Browsers do so
  // without this script, but for Safari.
  const heading = (element) => element.closest("details, section, article, main")?.querySelector("summary, h1, h2, h3");

  function setFocusable(element) {
    const scrolls = element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight;
    if (!scrolls) { element.removeAttribute("tabindex"); return; }
    element.tabIndex = 0;
    if (element.hasAttribute("role")) return;
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", heading(element)?.textContent ?? document.title);
  }

  const watch = new ResizeObserver((changes) => changes.forEach(({ target }) => setFocusable(target)));
  for (const element of document.querySelectorAll(".scroll, .formula, pre")) watch.observe(element);

  // A form answers with its page anew. What had the focus is found there by where it leads and by its number among
  // those that lead there.
  const leadsTo = (element) => element.form?.action ?? element.href ?? element.closest("form")?.action ?? element.textContent;
  const alike = (key) => [...document.querySelectorAll(FOCUSABLE)].filter((each) => leadsTo(each) === key);
  let isActing = false;
  addEventListener("submit", (event) => { isActing = !event.defaultPrevented; });

  addEventListener("pagehide", () => {
    const element = document.activeElement;
    if (!element?.matches(FOCUSABLE)) { sessionStorage.removeItem(PLACE); return; }
    const key = leadsTo(element);
    const place = { path: location.pathname, isActing, key, number: alike(key).indexOf(element), top: element.getBoundingClientRect().top, scroll: scrollY };
    sessionStorage.setItem(PLACE, JSON.stringify(place));
  });

  addEventListener("load", () => {
    const place = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
    sessionStorage.removeItem(PLACE);
    const [{ type } = {}] = performance.getEntriesByType("navigation");
    if (place?.path !== location.pathname || !(place.isActing || type === "reload") || document.querySelector("[autofocus]")) return;
    const found = alike(place.key);
    const element = found[place.number] ?? found.at(-1);
    const shown = element?.checkVisibility() ? element : element?.closest("details")?.querySelector("summary");
    if (!shown) { scrollTo(0, place.scroll); return; }
    shown.focus({ preventScroll: true });
    scrollBy(0, shown.getBoundingClientRect().top - place.top);
  });
})();
