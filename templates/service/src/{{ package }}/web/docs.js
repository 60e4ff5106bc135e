// The API's description for people: every operation with a request that can be sent, every schema.

import { address, ask, copyable, curl, describe, element, number, pretty } from "./common.js";

/** Return the type of a schema in words; other schemas are links. */
function type(schema) {
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    return [element("a", { href: `#schema-${name}` }, name)];
  }
  if (schema.oneOf)
    return schema.oneOf.flatMap((one, at) => (at ? [" or ", ...type(one)] : type(one)));
  const types = [schema.type ?? (schema.enum ? "string" : "any")].flat();
  if (types.includes("array")) return ["array of ", ...type(schema.items)];
  return [types.join(" or ")];
}

/** Return what else a schema demands or tells. */
function rules(schema) {
  const { description, enum: values, const: fixed, minimum, maximum } = schema;
  const allowed = fixed === undefined ? values : [fixed];
  return [
    description,
    allowed && `one of ${allowed.join(", ")}`,
    minimum !== undefined && `${number(minimum)} to ${number(maximum)}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

function table(headings, rows) {
  const head = headings.map((heading) => element("th", { scope: "col" }, heading));
  const body = rows.map((cells) => {
    return element("tr", {}, ...cells.map((cell) => element("td", {}, ...[cell].flat())));
  });
  const made = element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...body),
  );
  return element("div", { className: "wide" }, made);
}

function schemaBlock(name, schema) {
  const rows = Object.entries(schema.properties ?? {}).map(([field, property]) => [
    element("code", {}, field),
    type(property),
    schema.required?.includes(field) ? "yes" : "no",
    rules(property),
  ]);
  const what = element("summary", {}, element("code", {}, name), quiet(type(schema).join("")));
  const fields = table(["field", "type", "required", "about"], rows);
  const example = schema.examples?.[0];
  const block = element("details", { id: `schema-${name}` }, what, body(fields));
  if (example)
    block.lastChild.append(part("Example", pre(pretty(example), `an example of ${name}`)));
  return block;
}

function operationBlock(path, method, operation) {
  const verb = method.toUpperCase();
  const summary = element(
    "summary",
    {},
    element("span", { className: `method ${method}` }, verb),
    element("code", {}, path),
    quiet(operation.summary),
  );
  const answers = Object.entries(operation.responses).map(([status, { description, content }]) => {
    const [media, holds] = Object.entries(content ?? {})[0] ?? ["", {}];
    return [
      element("code", {}, status),
      prose(description),
      holds.schema ? type(holds.schema) : "",
      media,
    ];
  });
  const parts = body(
    operation.description ? element("p", {}, ...prose(operation.description)) : null,
    request(path, verb, operation),
    part("Answers", table(["status", "when", "holds", "media type"], answers)),
  );
  return element("details", { id: operation.operationId }, summary, parts);
}

/** Return what sends a request and shows what came back. */
function request(path, verb, operation) {
  const content = operation.requestBody?.content["application/json"];
  const command = copyable("curl, on Linux and macOS", `the curl command for ${path}`);
  const send = element("button", { type: "button", className: "primary" }, "Send");
  const came = element("div", { "aria-live": "polite" });
  const parts = [];
  let text = () => undefined;
  if (content) {
    const id = `body-${operation.operationId}`;
    const written = element("textarea", { id, spellcheck: false });
    text = () => written.value;
    const examples = Object.entries(content.examples);
    const choice = element(
      "select",
      { id: `example-${operation.operationId}` },
      ...examples.map(([name]) => element("option", {}, name)),
    );
    const choose = () => {
      written.value = pretty(examples[choice.selectedIndex][1].value);
      show();
    };
    choice.addEventListener("change", choose);
    written.addEventListener("input", () => show());
    const holds = element("p", {}, "It holds ", ...type(content.schema), ".");
    if (examples.length > 1)
      parts.push(part(element("label", { htmlFor: choice.id }, "Example"), choice));
    parts.unshift(part("Body", holds));
    parts.push(part(element("label", { htmlFor: id }, "Body to send, as JSON"), written));
    queueMicrotask(choose);
  }
  function show() {
    command.text.textContent = curl(verb, address(path), text());
  }
  show();
  send.addEventListener("click", async () => {
    send.disabled = true;
    const answer = await ask(verb, path, text());
    send.disabled = false;
    const { status, json, id, milliseconds } = answer;
    const line = status
      ? `Status ${status} · ${number(milliseconds)} ms · request ${id}`
      : "The service cannot be reached.";
    const received = json ? pretty(json) : answer.text;
    came.replaceChildren(element("p", {}, line), ...(status ? [pre(received, "the answer")] : []));
  });
  return element(
    "div",
    { className: "body" },
    ...parts,
    command.figure,
    element("div", {}, send),
    came,
  );
}

function part(title, ...children) {
  return element("div", {}, element("h3", {}, title), ...children);
}

function body(...parts) {
  return element("div", { className: "body" }, ...parts.filter(Boolean));
}

function pre(text, label) {
  const block = element(
    "pre",
    { tabIndex: 0, role: "group", "aria-label": label },
    element("code", {}, text),
  );
  return element("figure", {}, block);
}

/** Return a text with what stands between backticks as code. */
function prose(text) {
  return text.split("`").map((words, at) => (at % 2 ? element("code", {}, words) : words));
}

function quiet(text) {
  return element("span", { className: "quiet" }, text);
}

/** Open what the address points at: a schema that is closed cannot be read. */
function follow() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.scrollIntoView();
  }
}

const { paths, components } = await describe();
const operations = Object.entries(paths).flatMap(([path, methods]) => {
  return Object.entries(methods).map(([method, operation]) =>
    operationBlock(path, method, operation),
  );
});
document.getElementById("operations").append(...operations);
document
  .getElementById("schemas")
  .append(...Object.entries(components.schemas).map(([name, schema]) => schemaBlock(name, schema)));
operations[0].open = true;
addEventListener("hashchange", follow);
follow();
