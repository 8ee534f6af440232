/**
 * The call as a command of curl.
 * @module
 */

import type { Content } from "../form/form.ts";
import { type Call, KEY_VARIABLE, shellWord, urlOf } from "./call.ts";

/** Returns the command. Files are named as they are on the page. */
export function curl(call: Call): string {
  const key = call.needsKey ? [`-H "Authorization: Bearer $${KEY_VARIABLE}"`] : [];
  const parts = [`curl ${shellWord(urlOf(call))}`, ...key, ...argumentsOf(call.content)];
  return parts.join(" \\\n  ");
}

function argumentsOf(content: Content): readonly string[] {
  switch (content.kind) {
    case "json":
      return [header("application/json"), `--data-raw ${shellWord(content.text)}`];
    case "text":
      return [header(content.type), `--data-raw ${shellWord(content.text)}`];
    case "file":
      if (content.part !== undefined) return [formArgument(content.part, content)];
      return [header(content.type), `--data-binary ${shellWord(`@${content.name}`)}`];
    case "form":
      return Object.entries(content.fields).map(([name, part]) => formArgument(name, part));
  }
}

function header(type: string): string {
  return `-H ${shellWord(`Content-Type: ${type}`)}`;
}

/** Returns a part of a form; curl reads `;`, `"` and `\` in unquoted values itself. */
function formArgument(name: string, part: Content): string {
  const quoted = (text: string): string => `"${text.replace(/(["\\])/g, "\\$1")}"`;
  switch (part.kind) {
    case "file":
      return `-F ${shellWord(`${name}=@${quoted(part.name)};type=${part.type}`)}`;
    case "form":
      return "";
    default: {
      const type = part.kind === "json" ? "application/json" : part.type;
      return `-F ${shellWord(`${name}=${quoted(part.text)};type=${type}`)}`;
    }
  }
}
