/**
 * YAML texts with one document of plain values.
 * @module
 */

import { type Document, isScalar, parseDocument, visit } from "yaml";
import { messageOf } from "../error.ts";
import { shown } from "./mapping.ts";

/** The longest text, in UTF-16 code units: the parser takes more than linear time. */
export const MAX_YAML_LENGTH = 65_536;

/**
 * Parses a YAML document; an empty one is `null`. Keys are strings. Aliases give the same objects,
 * which may contain themselves.
 *
 * @throws Error for a text that is not YAML or too long, for aliases that multiply, and for types
 *   that JSON does not have
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

/** Returns the number, boolean, null or string that a text is as a value in a file. */
export function parseScalar(text: string): unknown {
  const { contents, errors } = parse(text);
  return errors.length === 0 && isScalar(contents) ? contents.value : text;
}

function parse(text: string): ReturnType<typeof parseDocument> {
  return parseDocument(text, {
    logLevel: "error",
    resolveKnownTags: false,
    stringKeys: true,
    // The parser compares all pairs of keys: 60,000 keys took a minute and a half.
    uniqueKeys: false,
  });
}

function refuseRepeated(document: Document): void {
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name)) throw new Error(`The key ${shown(name)} occurs twice`);
        seen.add(name);
      }
    },
  });
}

function notYaml(error: unknown): Error {
  // The lines after the first one show the position in the text.
  const [what = ""] = messageOf(error).split("\n", 1);
  const why = /call stack/i.test(what) ? "it is nested too deep" : what.replace(/:$/, "");
  return new Error(`It is not YAML: ${why}`, { cause: error });
}
