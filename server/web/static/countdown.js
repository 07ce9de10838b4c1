import { gettext, language } from "./texts.js";

// Countdowns and the footer's clock run on the server's time: what the page was sent with, moved on by this
// machine's clock. A wrong clock here therefore shifts nothing.
const sent = Date.parse(document.body.dataset.now);
const here = Date.now();
// The server shows deadlines in the reader's own zone beside the course's; only a browser knows which that is.
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
const known = `splitboard_zone=${timeZone}`;
if (timeZone && !document.cookie.split("; ").includes(known)) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${known}; path=/; max-age=34560000; samesite=lax${secure}`;
}
const two = (n) => String(n).padStart(2, "0");

export const serverNow = () => sent + (Date.now() - here);

export function remaining(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const [days, hours] = [Math.floor(seconds / 86400), Math.floor((seconds % 86400) / 3600)];
  const [minutes, rest] = [Math.floor((seconds % 3600) / 60), seconds % 60];
  return days > 0 ? gettext("{days} d {hours} h", { days, hours }) : `${two(hours)}:${two(minutes)}:${two(rest)}`;
}

// A time to the second on the wall clock of a zone, which is named: "Fri 13 Mar 2026, 23:59:05 (Asia/Taipei)". The
// server writes it with the same template (server/local_time.py).
export function clockText(milliseconds, zone, zoneName = zone) {
  const form = {
    day: "numeric", month: "numeric", year: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23", timeZone: zone,
  };
  const part = {};
  for (const each of new Intl.DateTimeFormat("en-US", form).formatToParts(milliseconds)) part[each.type] = each.value;
  const named = (field) => new Intl.DateTimeFormat(language, { [field]: "short", timeZone: zone }).format(milliseconds);
  return gettext("{weekday} {day:02} {month} {year}, {hour:02}:{minute:02}:{second:02} ({zone})", {
    ...part, weekday: named("weekday"), month: named("month"), zone: zoneName,
  });
}

function tick() {
  const now = serverNow();
  for (const element of document.querySelectorAll("[data-countdown]")) {
    element.textContent = remaining(Date.parse(element.dateTime) - now);
  }
  for (const element of document.querySelectorAll("[data-clock]")) {
    element.textContent = clockText(now, element.dataset.zone, element.dataset.zoneName);
  }
}

tick();
setInterval(tick, 1000);
