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
