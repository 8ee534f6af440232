/**
 * The call as a program in TypeScript: by the typed client of the service, or by `fetch()` for
 * models, and for bodies that the client makes itself of values.
 * @module
 */

import type { IoInfo } from "../apis.ts";
import type { Content } from "../form/form.ts";
import { type Call, KEY_VARIABLE, urlOf } from "./call.ts";

/** Returns the program. */
export function typescript(call: Call): string {
  const { api, content } = call;
  const value = api === undefined ? undefined : valueOfInput(content, api.input);
  return api === undefined || value === undefined ? byFetch(call) : byClient(call, api, value);
}

function byClient(call: Call, api: NonNullable<Call["api"]>, value: string): string {
  const key = call.needsKey ? `, { apiKey: ${variable(KEY_VARIABLE)} }` : "";
  const base = call.base.replace(/\/$/, "");
  const called = `api.${api.name}(${value})`;
  const answer = api.output.isStream
    ? `for await (const item of ${called}) console.log(item);`
    : `console.log(await ${called});`;
  return [
    ...fileImport(call.content),
    `import { client } from ${JSON.stringify("ekiben/client")};`,
    `import type service from ${JSON.stringify("./service.ts")};`,
    "",
    `const api = client<typeof service>(${JSON.stringify(base)}${key});`,
    answer,
  ].join("\n");
}

/** Returns the code of an environment variable. The page itself has none. */
function variable(name: string): string {
  const runtime = "process";
  return `${runtime}.env[${JSON.stringify(name)}]`;
}

function fileImport(content: Content): readonly string[] {
  // The page itself imports nothing of a server runtime.
  const module = ["node", "fs/promises"].join(":");
  return hasFile(content) ? [`import { readFile } from ${JSON.stringify(module)};`] : [];
}

function hasFile(content: Content): boolean {
  if (content.kind === "form") return Object.values(content.fields).some(hasFile);
  return content.kind === "file";
}

/** Returns the value of an input; undefined for a body that the client does not take. */
function valueOfInput(content: Content, io: IoInfo): string | undefined {
  switch (io.kind) {
    case "text":
      return content.kind === "text" ? JSON.stringify(content.text) : undefined;
    case "json":
    case "ndarray":
    case "namedTensors":
      return content.kind === "json" ? content.text : undefined;
    case "image":
    case "file":
      return content.kind === "file" ? blob(content) : undefined;
    case "multipart": {
      if (content.kind !== "form") return undefined;
      const fields = Object.entries(io.fields).map(([name, field]) => {
        const part = content.fields[name];
        const value = part === undefined ? undefined : valueOfInput(part, field);
        return value === undefined ? undefined : `${JSON.stringify(name)}: ${value}`;
      });
      return fields.includes(undefined) ? undefined : `{ ${fields.join(", ")} }`;
    }
    default:
      return undefined;
  }
}

function blob({ name, type }: Extract<Content, { kind: "file" }>): string {
  return `new Blob([await readFile(${JSON.stringify(name)})], { type: ${JSON.stringify(type)} })`;
}

function byFetch(call: Call): string {
  const { content } = call;
  const { before, body, type } = bodyOf(content);
  const headers = [
    ...(type === undefined ? [] : [`"content-type": ${JSON.stringify(type)}`]),
    ...(call.needsKey ? [`authorization: \`Bearer \${${variable(KEY_VARIABLE)}}\``] : []),
  ];
  const kind = call.api?.output.kind ?? "json";
  const isText = kind === "text" || call.api?.output.isStream === true;
  const read = isText ? "text" : /image|file|multipart/.test(kind) ? "blob" : "json";
  return [
    ...fileImport(content),
    ...(hasFile(content) ? [""] : []),
    ...before,
    `const response = await fetch(${JSON.stringify(urlOf(call))}, {`,
    '  method: "POST",',
    ...(headers.length === 0 ? [] : [`  headers: { ${headers.join(", ")} },`]),
    `  body: ${body},`,
    "});",
    "if (!response.ok) throw new Error(await response.text());",
    `console.log(await response.${read}());`,
  ].join("\n");
}

interface FetchBody {
  readonly before: readonly string[];
  readonly body: string;
  readonly type?: string;
}

function bodyOf(content: Content): FetchBody {
  switch (content.kind) {
    case "json":
      return { before: [], body: `JSON.stringify(${content.text})`, type: "application/json" };
    case "text":
      return { before: [], body: JSON.stringify(content.text), type: content.type };
    case "file":
      if (content.part !== undefined) {
        return bodyOf({ kind: "form", fields: { [content.part]: content } });
      }
      return { before: [], body: blob(content), type: content.type };
    case "form": {
      const parts = Object.entries(content.fields).map(([name, part]) => {
        const at = JSON.stringify(name);
        if (part.kind === "file") {
          return `form.append(${at}, ${blob(part)}, ${JSON.stringify(part.name)});`;
        }
        const { body, type = "" } = bodyOf(part);
        return `form.append(${at}, new Blob([${body}], { type: ${JSON.stringify(type)} }));`;
      });
      return { before: ["const form = new FormData();", ...parts], body: "form" };
    }
  }
}
