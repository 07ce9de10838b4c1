// What can be said of a file before it is sent: its kind, its header, its ids, its fields. The server checks
// everything again and more; here a slip is found without waiting, and a large file need not travel first.
import { gettext, ngettext } from "./texts.js";

const LARGEST = 30_000_000; // bytes, unpacked; a larger file is left to the server
const SHOWN = 5;
const KINDS = [
  [[0x89, 0x50, 0x4e, 0x47], gettext("a PNG image")], [[0x25, 0x50, 0x44, 0x46], gettext("a PDF")],
  [[0xff, 0xd8, 0xff], gettext("a JPEG image")], [[0x80, 4, 0x95], gettext("a pickle")], [[0x93, 0x4e, 0x55, 0x4d], gettext("a numpy array")],
  [[0xff, 0xfe], gettext("UTF-16 text")], [[0xfe, 0xff], gettext("UTF-16 text")],
];
const ZIP = [0x50, 0x4b, 3, 4];
const SEPARATORS = { ";": gettext("semicolons"), "\t": gettext("tabs"), "|": "'|'", "，": gettext("full-width commas") };
const UNSEEN = /\p{Cf}/u;
const LINE_END = /\r\n|\n|\r/g;
const isBlank = (record) => record.fields.length === 1 && record.fields[0] === "";
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const problem = (message, hint, count = 1, lines = [], examples = []) =>
  ({ message, hint, count, lines: lines.slice(0, SHOWN), examples: examples.slice(0, SHOWN) });
const quoted = (names) => names.map((name) => `'${name}'`).join(gettext(", "));

async function textOf(file) {
  let bytes = new Uint8Array(await file.slice(0, LARGEST + 1).arrayBuffer());
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const unpacked = file.stream().pipeThrough(new DecompressionStream("gzip"));
    bytes = new Uint8Array(await new Response(unpacked).arrayBuffer());
  }
  if (bytes.length > LARGEST || ZIP.every((byte, at) => bytes[at] === byte)) return null; // for the server to unpack
  const kind = KINDS.find(([magic]) => magic.every((byte, at) => bytes[at] === byte));
  if (kind) throw problem(gettext("The file is {kind}, not CSV text.", { kind: kind[1] }), gettext("Write it with df.to_csv('pred.csv', index=False)."));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw problem(gettext("The file is not UTF-8 text."), gettext("Write it with df.to_csv('pred.csv', index=False, encoding='utf-8')."));
  }
}

// The records of a CSV text, each with the line on which it begins.
export function recordsOf(text) {
  const records = [];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|\n|\r|$)/gy;
  let fields = [], line = 1, start = 1, match;
  while (field.lastIndex < text.length && (match = field.exec(text)) !== null) {
    const [whole, raw, end] = match;
    fields.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    line += (whole.match(LINE_END) ?? []).length;
    if (end !== ",") { records.push({ fields, line: start }); fields = []; start = line; }
    if (whole === "") break;
  }
  while (records.length > 1 && isBlank(records.at(-1))) records.pop(); // as the server reads a file
  return { records, readTo: field.lastIndex || text.length };
}

function headerProblem(found, expected) {
  if (found.length === expected.length && expected.every((name) => found.includes(name))) return null;
  const only = found.length === 1 && Object.keys(SEPARATORS).find((mark) => found[0].includes(mark));
  const hint = only ? gettext("The columns seem to be separated by {marks}; use commas.", { marks: SEPARATORS[only] })
    : /^(\s*|sep=.*|[#].*)$/i.test(found.join(",")) && found.length <= 2 && !found.includes(expected[1]) ? gettext("The header must be the first line; remove what stands before it.")
    : found.some((name) => UNSEEN.test(name)) ? gettext("A character that cannot be seen stands in a name.")
    : found[0] === "" || /^Unnamed/.test(found[0]) ? gettext("That looks like pandas' index: write the file with index=False.")
    : expected.every((name) => found.some((other) => other.toLowerCase() === name.toLowerCase())) ? gettext("Upper and lower case count.")
    : gettext("Write exactly these columns, in any order.");
  return problem(gettext("The header is {header}; expected {expected}.", { header: quoted(found), expected: quoted(expected) }), hint);
}

function missingIds(missing, wanted, rows) {
  const sample = ngettext("sample_submission.csv has {count} row", "sample_submission.csv has {count} rows", wanted);
  return ngettext("{count} id is without a row; {sample}, this file {rows:,}.", "{count} ids are without a row; {sample}, this file {rows:,}.", missing, { sample, rows });
}

function* idProblems(rows, at, wanted) {
  const seen = new Set(), again = [], unknown = [];
  for (const row of rows) {
    const id = row.fields[at];
    if (seen.has(id)) again.push(row); else seen.add(id);
    if (!wanted.has(id)) unknown.push(row);
  }
  const missing = [...wanted].filter((id) => !seen.has(id));
  const lines = (found) => found.map((row) => row.line);
  const ids = (found) => found.map((row) => row.fields[at]);
  if (again.length) yield problem(ngettext("{count} row has an id that stood before.", "{count} rows have ids that stood before.", again.length), gettext("Give every id one row."), again.length, lines(again), ids(again));
  if (unknown.length) yield problem(ngettext("{count} row has an id that sample_submission.csv does not have.", "{count} rows have ids that sample_submission.csv does not have.", unknown.length), gettext("Ids are compared as text: '7', '07' and '7.0' are three ids."), unknown.length, lines(unknown), ids(unknown));
  if (missing.length) yield problem(missingIds(missing.length, wanted.size, rows.length), gettext("Did you drop rows while cleaning? Every id needs a prediction."), missing.length, [], missing);
}

// A label that is none of those which the staff declared, in the server's words (grader/reading/fields/word_problems.py).
function unknownLabels(name, bad, at, labels) {
  const written = bad.map((row) => row.fields[at]);
  const whole = written.find((text) => /^-?\d{1,15}\.0*$/.test(text) && labels.has(text.split(".")[0]));
  const rows = ngettext("{count} row", "{count:,} rows", bad.length);
  const hint = whole ? gettext("'{written}' is not the label '{meant}': write df['{name}'].astype(int).", { written: whole, meant: whole.split(".")[0], name })
    : gettext("Use the labels of the training data; they are compared as text, exactly.");
  return problem(gettext("Column '{name}' has labels that this competition does not know in {rows}.", { name, rows }), hint, bad.length, bad.map((row) => row.line), [...new Set(written)]);
}

function* valueProblems(rows, header, id, numbers, labels) {
  for (const [at, name] of header.entries()) {
    if (name === id) continue;
    const strange = labels.size ? rows.filter((row) => row.fields[at] !== "" && !labels.has(row.fields[at])) : [];
    if (strange.length) yield unknownLabels(name, strange, at, labels);
    const bad = numbers ? rows.filter((row) => !NUMBER.test(row.fields[at])) : rows.filter((row) => numbers === false && row.fields[at] === "");
    if (!bad.length) continue;
    const message = numbers ? ngettext("Column '{name}' is no number in {count} row.", "Column '{name}' is no number in {count} rows.", bad.length, { name })
      : ngettext("Column '{name}' is empty in {count} row.", "Column '{name}' is empty in {count} rows.", bad.length, { name });
    yield problem(message, numbers ? gettext("Find NaN and infinities with df[~np.isfinite(df['{name}'])]; a number has digits, a point, an exponent, and no blanks.", { name }) : gettext("pandas writes NaN so; find it with df.isna().sum()."), bad.length, bad.map((row) => row.line), bad.map((row) => row.fields[at]));
  }
}

// All problems of a file that show without the answer key; null where it is too large to look at here.
// columns: id first. numbers: true for numbers, false for labels, null for anything. labels: those that the staff
// declared; none where any text is one.
export async function check(file, { sample, columns, numbers, labels = [] }) {
  let text;
  try { text = await textOf(file); } catch (found) { if (found instanceof Error) return null; return [found]; }
  if (text === null) return null;
  const { records, readTo } = recordsOf(text);
  if (!records.length) return [problem(gettext("The file is empty."), gettext("Write a header and one row for each id."))];
  const [header, ...rows] = records;
  const wrong = headerProblem(header.fields, columns);
  if (wrong) return [wrong];
  if (readTo < text.length - 1) return null; // a stray quote: the server says where
  const ragged = rows.filter((row) => row.fields.length !== columns.length);
  if (ragged.length) return [problem(ngettext("{count} row has another number of fields than {columns}.", "{count} rows have another number of fields than {columns}.", ragged.length, { columns: columns.length }), gettext("Give every row one value for each column."), ragged.length, ragged.map((row) => row.line))];
  const place = recordsOf(sample).records[0].fields.indexOf(columns[0]);
  const wanted = new Set(recordsOf(sample).records.slice(1).map((row) => row.fields[place]));
  return [...idProblems(rows, header.fields.indexOf(columns[0]), wanted), ...valueProblems(rows, header.fields, columns[0], numbers, new Set(labels))];
}
