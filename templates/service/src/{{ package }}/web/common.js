// What both pages need: elements, the API's description, text to copy, numbers for people.

/** Return an element; properties that start with "aria-" or "data-" become attributes. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (/^(aria|data)-/.test(name)) made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Fetch openapi.json and show in the heading which model it describes. */
export async function describe() {
  const line = document.getElementById("about");
  const answer = await fetch("openapi.json").catch(() => null);
  if (!answer?.ok) {
    line.textContent = "The service does not answer; load the page again in a moment.";
    throw new Error("there is no description of the API");
  }
  const description = await answer.json();
  const { title, version, "x-model": model } = description.info;
  document.title = `${title} – ${document.title}`;
  document.getElementById("name").textContent = title;
  line.replaceChildren(...about(version, model));
  return description;
}

function about(version, { digest, headline }) {
  const parts = [`version ${version} · `, shortDigest(digest)];
  if (headline) {
    const { metric, value, baseline } = headline;
    const than = `${baseline.name}: ${number(baseline.value)}`;
    parts.push(` · ${metric} ${number(value)} on data it had not seen (${than})`);
  }
  return parts;
}

/** Return the first characters of a digest; the whole of it is what the pointer shows. */
export function shortDigest(digest) {
  return element("code", { title: digest }, digest.slice(0, 19));
}

/** Return a number as people read it: short, without the noise of its last digits. */
export function number(value) {
  const size = Math.abs(value);
  if (size >= 1e9 || (size && size < 1e-3)) return value.toPrecision(3);
  return value.toLocaleString("en", {
    maximumFractionDigits: size < 10 ? 3 : 1,
    useGrouping: false,
  });
}

/** Return JSON as people write it: what fits in a line stands in one. */
export function pretty(value, indent = "") {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const list = Array.isArray(value);
  const inner = `${indent}  `;
  const parts = Object.entries(value).map(([name, part]) => {
    return (list ? "" : `${JSON.stringify(name)}: `) + pretty(part, inner);
  });
  const [open, close] = list ? "[]" : "{}";
  const line = open + parts.join(", ") + close;
  if (line.length < 80 && !line.includes("\n")) return line;
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`;
}

/** Return a block of text under a caption, with a button that copies it. */
export function copyable(caption, label) {
  const text = element("code");
  const button = element("button", { type: "button", "aria-label": `Copy ${label}` }, "Copy");
  button.addEventListener("click", async () => {
    button.textContent = (await copy(text)) ? "Copied" : "Press Ctrl+C";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  const block = element("pre", { tabIndex: 0, role: "group", "aria-label": label }, text);
  const figure = element("figure", {}, element("figcaption", {}, caption, button), block);
  return { figure, text };
}

/** Copy what an element shows; browsers have the clipboard only on https and on localhost. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(text);
    return document.execCommand("copy");
  }
}

/** Return the command that sends a request, for the shells of Linux and macOS. */
export function curl(method, url, body) {
  const quoted = (word) => `'${word.replaceAll("'", "'\\''")}'`;
  if (body === undefined) return `curl ${method === "GET" ? "" : `-X ${method} `}${quoted(url)}`;
  return `curl ${quoted(url)} \\\n  -H 'Content-Type: application/json' \\\n  -d ${quoted(body)}`;
}

/** Return the address of a path of the service, wherever it is mounted. */
export function address(path) {
  return new URL(path.replace(/^\//, ""), document.baseURI).href;
}

/** Ask the service; return its answer, read as JSON where it is JSON, or why there was none. */
export async function ask(method, path, body) {
  const began = performance.now();
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  let answer, text;
  try {
    answer = await fetch(address(path), { method, headers, body });
    text = await answer.text();
  } catch {
    return { status: 0, text: "", json: null, id: null, milliseconds: 0 };
  }
  return {
    status: answer.status,
    text,
    json: /json/.test(answer.headers.get("content-type")) ? JSON.parse(text) : null,
    id: answer.headers.get("x-request-id"),
    milliseconds: performance.now() - began,
  };
}
