/**
 * YAML text as data: one document of plain values.
 * @module
 */

import { type Document, isScalar, parseDocument, visit } from "yaml";
import { messageOf } from "../error.ts";
import { shown } from "./mapping.ts";

/** The longest text, in UTF-16 code units: what the parser needs grows faster than the text. */
export const MAX_YAML_LENGTH = 65_536;

/**
 * Reads a YAML document; an empty one is `null`. Keys are strings. Objects that were named by
 * aliases are the same objects, and may contain themselves.
 *
 * @throws Error for what is no YAML, what is too long, aliases that multiply, and types beyond
 *   those of JSON
 */
export function parseYaml(text: string): unknown {
  if (text.length > MAX_YAML_LENGTH) {
    throw new Error(`It must be at most ${MAX_YAML_LENGTH} characters, but is longer`);
  }
  const document = parse(text);
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw notYaml(problem);
  try {
    refuseRepeated(document);
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw notYaml(error);
  }
}

/** A text as the number, truth value, null or string that it would be as a value in a file. */
export function parseScalar(text: string): unknown {
  const { contents, errors } = parse(text);
  return errors.length === 0 && isScalar(contents) ? contents.value : text;
}

function parse(text: string): ReturnType<typeof parseDocument> {
  return parseDocument(text, {
    logLevel: "error",
    resolveKnownTags: false,
    stringKeys: true,
    // It compares each key with each: 60,000 took a minute and a half.
    uniqueKeys: false,
  });
}

function refuseRepeated(document: Document): void {
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name)) throw new Error(`The key ${shown(name)} is there twice`);
        seen.add(name);
      }
    },
  });
}

function notYaml(error: unknown): Error {
  // The lines behind the first one show the place in the text.
  const [what = ""] = messageOf(error).split("\n", 1);
  const why = /call stack/i.test(what) ? "it is nested too deep" : what.replace(/:$/, "");
  return new Error(`It is not YAML: ${why}`, { cause: error });
}
