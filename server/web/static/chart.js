// The value of a point of a chart, where one points at it, or by the arrow keys once the chart has the focus. Without
// this script browsers show the same words, which stand in the points' titles, and a table has the numbers.
const NEAR = 40;  // pixels between the pointer and a point that is meant

const middle = (mark) => {
  const box = mark.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2, top: box.top, bottom: box.bottom };
};

// The words are taken out of the titles, or the browser would show them a second time.
function pointsOf(chart) {
  const points = [...chart.querySelectorAll("title")].map((title) => {
    const point = { mark: title.parentElement, words: title.textContent };
    title.remove();
    return point;
  });
  return points.sort((one, other) => middle(one.mark).x - middle(other.mark).x);
}

function framed(chart) {
  const frame = document.createElement("div");
  const tip = document.createElement("p");
  frame.className = "chart-frame";
  tip.className = "chart-tip";
  tip.setAttribute("role", "status");
  chart.replaceWith(frame);
  frame.append(chart, tip);
  return { frame, tip };
}

// Above the point, below it where there is no room, and within the chart.
function put(tip, mark, frame) {
  const place = middle(mark);
  const { left, top, width } = frame.getBoundingClientRect();
  const above = place.top - top - tip.offsetHeight - 6;
  const across = place.x - left - tip.offsetWidth / 2;
  tip.style.left = `${Math.max(0, Math.min(width - tip.offsetWidth, across))}px`;
  tip.style.top = `${above < 0 ? place.bottom - top + 6 : above}px`;
}

function tell(chart) {
  const points = pointsOf(chart);
  if (!points.length) return;
  const { frame, tip } = framed(chart);
  let current = -1;

  function show(index) {
    points[current]?.mark.classList.remove("is-told");
    current = index;
    const point = points[index];
    tip.textContent = point?.words ?? "";
    if (!point) return;
    point.mark.classList.add("is-told");
    put(tip, point.mark, frame);
  }

  const nearest = ({ clientX, clientY }) => {
    const distances = points.map(({ mark }) => Math.hypot(middle(mark).x - clientX, middle(mark).y - clientY));
    const least = Math.min(...distances);
    return least <= NEAR ? distances.indexOf(least) : -1;
  };

  chart.tabIndex = 0;
  chart.setAttribute("aria-keyshortcuts", "ArrowLeft ArrowRight Home End");
  chart.addEventListener("focus", () => show(points.length - 1));
  chart.addEventListener("blur", () => show(-1));
  chart.addEventListener("keydown", (event) => {
    const last = points.length - 1;
    const steps = { ArrowLeft: Math.max(0, current - 1), ArrowRight: Math.min(last, current + 1), Home: 0, End: last };
    if (!(event.key in steps)) return;
    event.preventDefault();
    show(steps[event.key]);
  });
  chart.addEventListener("pointermove", (event) => show(nearest(event)));
  frame.addEventListener("pointerleave", () => show(-1));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") show(-1); });
}

export function tellValues(root) {
  for (const chart of root.querySelectorAll("svg.chart")) tell(chart);
}

tellValues(document);
