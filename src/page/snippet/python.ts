/**
 * The call as a program in Python, with `requests`: it has no other parts, and most have it.
 * @module
 */

import type { Content } from "../form/form.ts";
import { type Call, KEY_VARIABLE, urlOf } from "./call.ts";

/** Returns the program. */
export function python(call: Call): string {
  const { lines, body } = bodyOf(call.content);
  const { headers } = body;
  const key = call.needsKey ? [`"Authorization": f"Bearer {os.environ['${KEY_VARIABLE}']}"`] : [];
  const all = [...headers, ...key];
  const parts = [
    text(urlOf(call)),
    ...body.arguments,
    ...(all.length === 0 ? [] : [`headers={${all.join(", ")}}`]),
    ...(isStream(call) ? ["stream=True"] : []),
    "timeout=60",
  ];
  const imports = [
    ...(usesJson(call.content) ? ["import json"] : []),
    ...(call.needsKey ? ["import os"] : []),
  ];
  return [
    ...imports,
    ...(imports.length === 0 ? [] : [""]),
    "import requests  # pip install requests",
    "",
    ...lines,
    `response = requests.post(\n    ${parts.join(",\n    ")},\n)`,
    "if not response.ok:",
    "    raise SystemExit(response.text)",
    ...answerOf(call),
  ].join("\n");
}

function usesJson(content: Content): boolean {
  return (
    content.kind === "form" && Object.values(content.fields).some(({ kind }) => kind === "json")
  );
}

interface Body {
  readonly lines: readonly string[];
  readonly body: { readonly arguments: readonly string[]; readonly headers: readonly string[] };
}

function bodyOf(content: Content): Body {
  const typed = (type: string): readonly string[] => [`"Content-Type": ${text(type)}`];
  switch (content.kind) {
    case "json":
      return {
        lines: [`value = ${literal(JSON.parse(content.text))}`, ""],
        body: { arguments: ["json=value"], headers: [] },
      };
    case "text": {
      const data = `data=${text(content.text)}.encode()`;
      return { lines: [], body: { arguments: [data], headers: typed(content.type) } };
    }
    case "file": {
      if (content.part !== undefined) {
        const parts = `files={${text(content.part)}: ${partOf(content)}}`;
        return { lines: [], body: { arguments: [parts], headers: [] } };
      }
      const data = `data=open(${text(content.name)}, "rb")`;
      return { lines: [], body: { arguments: [data], headers: typed(content.type) } };
    }
    case "form": {
      const parts = Object.entries(content.fields).map(
        ([name, part]) => `    ${text(name)}: ${partOf(part)},`,
      );
      const lines = ["parts = {", ...parts, "}", ""];
      return { lines, body: { arguments: ["files=parts"], headers: [] } };
    }
  }
}

/** Returns a part as a tuple of its file name, its bytes and its type. */
function partOf(part: Content): string {
  switch (part.kind) {
    case "file":
      return `(${text(part.name)}, open(${text(part.name)}, "rb"), ${text(part.type)})`;
    case "json":
      return `(None, json.dumps(${literal(JSON.parse(part.text))}), "application/json")`;
    case "text":
      return `(None, ${text(part.text)}.encode(), ${text(part.type)})`;
    default:
      return "None";
  }
}

function isStream({ api }: Call): boolean {
  return api?.output.isStream === true;
}

/** Returns the lines that print the answer, or save it. */
function answerOf(call: Call): readonly string[] {
  const kind = call.api?.output.kind ?? "json";
  if (isStream(call)) {
    return kind === "text" || kind === "file"
      ? [
          "for piece in response.iter_content(None):",
          '    print(piece.decode(errors="replace"), end="", flush=True)',
        ]
      : ["for line in response.iter_lines():", "    print(line.decode())"];
  }
  switch (kind) {
    case "text":
      return ["print(response.text)"];
    case "image":
    case "file":
    case "multipart":
      return ['open("answer", "wb").write(response.content)'];
    case "dataframe":
      return ["print(response.text)"];
    default:
      return ["print(response.json())"];
  }
}

/** Returns a text as a literal of Python. */
function text(value: string): string {
  // Python reads all of JSON's escapes but the pairs of surrogates, which JSON.stringify leaves.
  return JSON.stringify(value);
}

/** Returns a JSON value as a literal of Python. */
function literal(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value).map(([name, each]) => `${text(name)}: ${literal(each)}`);
    return `{${entries.join(", ")}}`;
  }
  return String(value);
}
