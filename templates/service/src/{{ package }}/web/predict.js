// The form: one field for each input of the model, and the answer beside it.

import { address, ask, copyable, curl, describe, element, number, shortDigest } from "./common.js";

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/; // as JSON writes it
const MISSING = "(missing)"; // what a model of texts was trained to see for null

const form = document.getElementById("form");
const result = document.getElementById("result");
const shown = {
  curl: copyable("curl, on Linux and macOS", "the curl command"),
  python: copyable("Python, which needs nothing else", "the Python program"),
};

/** One input of the model: a control, its hint, and the place for what is wrong with its value. */
class Field {
  constructor(id, name, schema, example) {
    const types = [schema.type].flat();
    const { description, range, categories } = schema["x-input"];
    this.name = name;
    this.nullable = types.includes("null");
    this.textual = types.includes("string");
    this.control = categories ? this.select(categories) : this.input(types, range);
    this.control.id = id;
    this.control.name = name;
    this.hint = element("p", { id: `${id}-hint`, className: "quiet" }, hint(description, range));
    this.finding = element("p", { id: `${id}-finding`, className: "message", hidden: true });
    this.control.setAttribute("aria-describedby", `${this.finding.id} ${this.hint.id}`);
    const label = element("label", { htmlFor: id }, name);
    this.box = element("div", { className: "field" }, label, this.hint, this.control, this.finding);
    this.example = example;
    this.reset();
  }

  select(categories) {
    const options = categories
      .filter((category) => !(this.nullable && category === MISSING))
      .map((category) => element("option", { value: JSON.stringify(category) }, category));
    if (this.nullable) options.unshift(element("option", { value: "null" }, "not known"));
    return element("select", {}, ...options);
  }

  input(types, [low, high]) {
    return element("input", {
      type: "text",
      inputMode: low < 0 ? "text" : types.includes("integer") ? "numeric" : "decimal",
      autocomplete: "off",
      placeholder: this.nullable ? "not known" : `${number(low)} to ${number(high)}`,
    });
  }

  reset() {
    const { example } = this;
    if (this.textual) this.control.value = JSON.stringify(example);
    else this.control.value = example === null ? "" : String(example);
    if (this.control.selectedIndex === -1) this.control.selectedIndex = 0;
    this.show("", "");
  }

  /** The value as JSON, or null where the field is to be left out. */
  get literal() {
    const value = this.control.value.trim();
    if (this.textual) return value;
    if (value === "") return this.nullable ? "null" : null;
    return NUMBER.test(value) ? value : JSON.stringify(value); // the service says what is wrong
  }

  /** Show an error or a warning at the field; without a reason, take it away. */
  show(kind, reason) {
    this.finding.textContent = reason;
    this.finding.hidden = !reason;
    this.finding.className = `message ${kind}`;
    this.control.setAttribute("aria-invalid", kind === "error");
  }
}

/** Return what a person should know before filling in the field. */
function hint(description, range) {
  const seen = range ? `${number(range[0])} to ${number(range[1])} in training` : "";
  return [description, seen].filter(Boolean).join("\n");
}

/** Return the row in the fields as JSON, its numbers with every digit that was typed. */
function row(fields) {
  const pairs = fields
    .filter((field) => field.literal !== null)
    .map((field) => `${JSON.stringify(field.name)}: ${field.literal}`);
  return `{${pairs.join(", ")}}`;
}

function python(fields) {
  const pairs = fields
    .filter((field) => field.literal !== null)
    .map(({ name, literal }) => {
      return `    ${JSON.stringify(name)}: ${literal === "null" ? "None" : literal},\n`;
    });
  return `import json
import urllib.request

row = {
${pairs.join("")}}
request = urllib.request.Request(
    ${JSON.stringify(address("predict"))},
    json.dumps(row).encode(),
    {"Content-Type": "application/json"},
)
with urllib.request.urlopen(request) as answer:
    print(json.load(answer)["predictions"][0])
`;
}

function showExamples(fields) {
  shown.curl.text.textContent = curl("POST", address("predict"), row(fields));
  shown.python.text.textContent = python(fields);
}

async function predict(fields) {
  const submit = form.querySelector("[type=submit]");
  submit.disabled = true;
  const answer = await ask("POST", "predict", row(fields));
  submit.disabled = false;
  for (const field of fields) field.show("", "");
  if (answer.status === 200) showAnswer(fields, answer);
  else showProblem(fields, answer);
}

function showAnswer(fields, { json, id, milliseconds }) {
  const { model, predictions, warnings } = json;
  const notes = place(fields, "warning", warnings);
  if (warnings.length) {
    const names = [...new Set(warnings.map((warning) => warning.field))].join(", ");
    const why = "The training saw no such values, so this answer may be far off: ";
    notes.unshift(message("warning", why, names, "."));
  }
  if (model.digest !== description.info["x-model"].digest) {
    const reload = element("a", { href: "" }, "Load its fields");
    notes.push(message("warning", "Another model answers by now. ", reload, "."));
  }
  const outputs = Object.entries(predictions[0]).map(([name, value]) => output(name, value));
  const from = element("p", { className: "quiet" }, `${model.name} ${model.version} · `);
  from.append(shortDigest(model.digest), ` · ${number(milliseconds)} ms · request ${id}`);
  result.replaceChildren(...outputs, ...notes, from);
}

function showProblem(fields, { status, json, id }) {
  const title = json ? json.title : status ? `Status ${status}` : "No answer";
  const detail = json ? json.detail : "The service cannot be reached; try again in a moment.";
  const notes = place(fields, "error", json?.errors ?? []);
  notes.unshift(message("error", element("strong", {}, title), element("br"), detail));
  if (id) notes.push(element("p", { className: "quiet" }, `request ${id}`));
  result.replaceChildren(...notes);
  form.querySelector("[aria-invalid=true]")?.focus();
}

/** Show each finding at its field; return those that have none, as a newer model may ask others. */
function place(fields, kind, findings) {
  const elsewhere = [];
  for (const { field: name, reason } of findings) {
    const field = fields.find((candidate) => candidate.name === name);
    if (field) field.show(kind, reason);
    else elsewhere.push(message(kind, `${name} ${reason}`));
  }
  return elsewhere;
}

function message(kind, ...children) {
  return element("p", { className: `message ${kind}` }, ...children);
}

/** Return an output of the model: one value, or the labels from the likeliest to the least. */
function output(name, value) {
  const heading = element("h3", {}, name);
  if (value === null || typeof value !== "object") {
    const shown = element("p", { className: "value" }, words(value));
    return element("div", { className: "output" }, heading, shown);
  }
  const labels = Object.entries(value).sort(([, one], [, other]) => other - one);
  const sum = labels.reduce((total, [, share]) => total + share, 0);
  const shares = labels.every(([, share]) => share >= 0) && Math.abs(sum - 1) < 1e-3;
  const list = element("dl", { className: "labels" });
  for (const [label, share] of labels) {
    const text = shares ? `${(100 * share).toFixed(1)} %` : words(share);
    const bar = shares ? element("meter", { value: share, "aria-label": label }) : null;
    list.append(element("dt", {}, label), element("dd", {}, bar, element("span", {}, text)));
  }
  return element("div", { className: "output" }, heading, list);
}

/** Return a value as people read it; JSON has no NaN, and null stands for it. */
function words(value) {
  return typeof value === "number" ? number(value) : (value ?? "no number");
}

const description = await describe();
const { properties, examples } = description.components.schemas.Row;
const fields = Object.entries(properties).map(
  ([name, schema], at) => new Field(`field-${at}`, name, schema, examples[0][name]),
);
document.getElementById("fields").append(...fields.map((field) => field.box));
document.getElementById("examples").append(shown.curl.figure, shown.python.figure);
showExamples(fields);

form.addEventListener("input", () => showExamples(fields));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  predict(fields);
});
form.addEventListener("reset", (event) => {
  event.preventDefault();
  for (const field of fields) field.reset();
  showExamples(fields);
});
