// Looks at the file as soon as it is chosen, sends it as a raw body with a progress bar and shows the answer in
// place. Without this script the form posts itself and is answered with a page.
import { check } from "./check.js";
import { clockText, serverNow } from "./countdown.js";
import { duration, gettext, grouped, ngettext } from "./texts.js";

const form = document.getElementById("upload");
const answer = document.getElementById("answer");
const sending = form?.querySelector(".sending");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const keys = new WeakMap(); // a file sent again after a broken connection is the same request

const clone = (id) => document.getElementById(id).content.cloneNode(true);
const slot = (root, name) => root.querySelector(`[data-slot="${name}"]`);

function keyOf(file) {
  if (!keys.has(file)) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    keys.set(file, Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""));
  }
  return keys.get(file);
}

function show(node) {
  answer.replaceChildren(node);
  answer.focus({ preventScroll: true });
  answer.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
}

function showReceipt(receipt) {
  const node = clone("receipt");
  const fill = (name, text) => { slot(node, name).textContent = text; };
  fill("score", receipt.public_score.toFixed(Number(form.dataset.decimals)).replace("-", "\u2212"));
  fill("rank", receipt.rank ?? "\u2013");
  fill("teams", grouped(receipt.teams));
  fill("took", duration(receipt.took_ms / 1000));
  fill("now", clockText(Date.parse(receipt.now), receipt.reset_zone, form.dataset.zoneName));
  fill("name", receipt.file_name);
  fill("remark", receipt.repeated ? gettext("Your team sent this very file before: this is that result, and no submission was used.") : "");
  slot(node, "trial").hidden = !receipt.is_trial;
  slot(node, "late").hidden = !receipt.is_late || receipt.is_practice;
  slot(node, "practice").hidden = !receipt.is_practice;
  slot(node, "link").href = `/submissions/${receipt.id}`;
  for (const item of node.querySelectorAll("[data-tier]")) {
    const passed = receipt.tiers_passed.includes(item.dataset.tier);
    item.querySelector(".tier").classList.toggle("is-passed", passed);
    item.querySelector(".tier").classList.toggle("is-open", !passed);
    item.lastElementChild.textContent = ` ${passed ? gettext("passed") : item.dataset.open}`;
  }
  slot(node, "feedback").append(...(receipt.feedback?.sentences ?? []).map((sentence) => {
    const item = document.createElement("li");
    item.textContent = sentence;
    return item;
  }));
  showLeft(receipt.today.left);
  show(node);
}

function showLeft(left) {
  const today = document.querySelector(".today");
  slot(today, "left").textContent = left;
  rest(left === 0);
  today.querySelectorAll(".slots i").forEach((mark, index) => { mark.className = index < left ? "free" : "used"; });
}

function showRefusal(title, message, problems = [], anyway = null) {
  const node = clone("refusal");
  slot(node, "title").textContent = title;
  slot(node, "message").textContent = message;
  slot(node, "problems").append(...problems.map(problemNode));
  if (anyway) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = gettext("Send it anyway");
    button.addEventListener("click", anyway);
    node.querySelector("section").append(button);
  }
  show(node);
}

function problemNode(problem) {
  const node = clone("problem");
  const more = problem.count - problem.lines.length;
  node.querySelector(".problem-what").textContent = problem.message;
  node.querySelector(".problem-hint").textContent = problem.hint;
  if (problem.lines.length) {
    const lines = problem.lines.join(", ");
    node.querySelector(".problem-lines").textContent = more > 0 ? gettext("Lines {lines} and {more:,} more", { lines, more })
      : ngettext("Line {lines}", "Lines {lines}", problem.lines.length, { lines });
  }
  for (const text of problem.examples) {
    const code = document.createElement("code");
    code.textContent = text;
    node.querySelector(".problem-examples").append(code, " ");
  }
  return node;
}

function send(file) {
  const request = new XMLHttpRequest();
  const bar = sending.querySelector("progress");
  const query = new URLSearchParams({ file_name: file.name.slice(-200), note: form.elements.note.value });
  request.open("PUT", `${form.dataset.to}?${query}`);
  request.setRequestHeader("Content-Type", "text/csv");
  request.setRequestHeader("Idempotency-Key", keyOf(file));
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => { bar.max = event.total || 1; bar.value = event.loaded; });
  request.upload.addEventListener("load", () => { slot(sending, "doing").textContent = gettext("Scoring"); bar.removeAttribute("value"); });
  request.addEventListener("load", () => { busy(false); answered(request, file); });
  request.addEventListener("error", async () => {
    busy(false);
    if (!(await isReadable(file))) showChanged();
    else showRefusal(gettext("The connection broke"), gettext("Submit the same file again: if it had arrived, you get its result and no second submission is used."));
  });
  request.send(file);
}

// A browser does not read a file that was written again after it was chosen, and says so as if the network had failed.
const isReadable = (file) => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

function showChanged() {
  form.elements.file.value = "";
  showRefusal(gettext("The file has changed since you chose it"), gettext("Nothing was sent, and no submission was used. Choose the file again, then submit."));
}

// An answer that is not this server's: what stands between it and the browser refused, broke off or asks to sign in.
function showStranger(status, size) {
  if (status === 413) showRefusal(gettext("The file was stopped on its way"), gettext("Something before the server takes no file of {size:,} bytes. Compress it with gzip, or tell the course staff: the limit of the proxy is too small.", { size }));
  else if (status >= 500) showRefusal(gettext("The server cannot be reached just now"), gettext("A proxy before it answered {status}. Submit the same file again in a minute: if it had arrived, you get its result and no second submission is used.", { status }));
  else showRefusal(gettext("Something else answered"), gettext("The answer ({status}) did not come from this server: a network that asks you to sign in first does so. Open this page anew, then submit the same file again.", { status }));
}

function answered(request, file) {
  const { status, response } = request;
  if (!response?.error && !response?.id) { showStranger(status, file.size); return; }
  if (status === 202) { location.assign(`/submissions/${response.id}`); return; }
  if (status === 200 || status === 201) { showReceipt(response); return; }
  if (status === 401) { location.reload(); return; }
  const { error } = response;
  if (error.code === "invalid_submission") {
    showRefusal(gettext("This file cannot be scored"), gettext("{message} These are all problems that were found.", { message: error.message }), error.details.problems);
  } else {
    showRefusal(status === 429 ? gettext("Not now") : gettext("The file was not taken"), error.message);
  }
}

// With nothing left the button rests until the next day begins, in a page that is left open, too.
function rest(isResting) {
  form.querySelector("button").disabled = isResting;
  document.getElementById("none-left").hidden = !isResting;
}

if (form) {
  const waiting = Date.parse(form.dataset.resets) - serverNow();
  if (waiting < 2 ** 31) setTimeout(() => rest(false), waiting);
}

function busy(is) {
  sending.hidden = !is;
  slot(sending, "doing").textContent = gettext("Sending");
  form.querySelector("button").disabled = is;
}

const looked = new WeakMap(); // what was found in a file, which is looked at once

async function problemsOf(file) {
  if (!looked.has(file)) {
    const { sample, columns, kind, labels } = form.dataset;
    const numbers = { numbers: true, labels: false }[kind] ?? null;
    const found = fetch(sample).then((answer) => answer.ok ? answer.text() : null)
      .then((text) => text === null ? null : check(file, { sample: text, columns: JSON.parse(columns), numbers, labels: JSON.parse(labels) }))
      .catch(() => null); // what cannot be checked here is checked by the server
    looked.set(file, found);
  }
  return looked.get(file);
}

function showProblems(file, problems) {
  showRefusal(gettext("This file would be refused"), gettext("It has not been sent, and no submission was used. This is what shows before it is compared with the answer key."), problems, () => start(file));
}

function start(file) {
  answer.replaceChildren();
  busy(true);
  send(file);
}

form?.elements.file.addEventListener("change", async () => {
  const file = form.elements.file.files[0];
  answer.replaceChildren();
  if (!file || file.size > Number(form.dataset.limit)) return;
  const problems = await problemsOf(file);
  if (problems?.length && form.elements.file.files[0] === file) showProblems(file, problems);
});

form?.addEventListener("submit", async (event) => {
  const file = form.elements.file.files[0];
  if (!file) return;
  event.preventDefault();
  if (file.size > Number(form.dataset.limit)) {
    showRefusal(gettext("The file is too large"), gettext("The file is larger than {limit:,} bytes, the most this competition takes. Upload predictions only, with the columns of sample_submission.csv; gzip or zip of the file is accepted.", { limit: Number(form.dataset.limit) }));
    return;
  }
  if (!(await isReadable(file))) { showChanged(); return; }
  const problems = await problemsOf(file);
  if (problems?.length) showProblems(file, problems);
  else start(file);
});

const drop = form?.querySelector(".drop");
drop?.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("is-over"); });
drop?.addEventListener("dragleave", () => drop.classList.remove("is-over"));
drop?.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("is-over");
  if (!event.dataTransfer.files.length) return;
  form.elements.file.files = event.dataTransfer.files;
  form.elements.file.dispatchEvent(new Event("change"));
});
