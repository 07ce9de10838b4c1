// What the scripts of a page say, in the page's language: English templates stand in the code, the others come from
// the address that the page names, once; when they cannot be had, English is shown.
const { texts: address } = document.documentElement.dataset;
const texts = address ? await fetch(address).then((answer) => (answer.ok ? answer.json() : {}), () => ({})) : {};

export const language = document.documentElement.lang;

// A field is {name}, or {name:02} for a number with at least two digits, or {name:,} for a grouped one.
const filled = (template, values) => template.replace(/\{(\w+)(?::0(\d)|:(,))?\}/g, (field, name, digits, comma) => {
  const value = values[name];
  if (value === undefined) return field;
  if (comma) return grouped(value);
  return digits ? String(value).padStart(Number(digits), "0") : value;
});

// The template in the page's language, its fields filled.
export const gettext = (template, values = {}) => filled(texts[template] ?? template, values);

// The same for a template that changes with a count, which is its field {count}.
export function ngettext(one, many, count, values = {}) {
  const template = texts[one] ?? (count === 1 ? one : many);
  return filled(template, { count: grouped(count), ...values });
}

// A number with the language's marks between its thousands.
export const grouped = (number) => number.toLocaleString(language);

// A length of time in seconds in the words of the server's filter of this name: "34 ms", "6.4 s", "1 min 45 s".
export function duration(value) {
  const whole = Math.round(value), [days, hours, minutes, seconds] = [Math.floor(whole / 86400), Math.floor((whole % 86400) / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (value < 1) return gettext("{number} ms", { number: Math.round(value * 1000) });
  if (value < 59.5) return gettext("{number} s", { number: value.toFixed(value < 10 ? 1 : 0) });
  if (days) return hours ? gettext("{days} d {hours} h", { days, hours }) : gettext("{days} d", { days });
  if (hours) return minutes ? gettext("{hours} h {minutes} min", { hours, minutes }) : gettext("{hours} h", { hours });
  return seconds ? gettext("{minutes} min {seconds} s", { minutes, seconds }) : gettext("{minutes} min", { minutes });
}
