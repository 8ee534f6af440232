/**
 * Header values with parameters, such as `form-data; name="a"; filename*=UTF-8''b`.
 * @module
 */

/** A header value in lower case, and its parameters by name. */
export interface ParameterizedValue {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** A name, and a value that is a quoted string or ends at the next semicolon. */
const PARAMETER = /;\s*([^\s;="]+)\s*=\s*(?:"((?:[^"\\]|\\[\s\S])*)"|([^;]*))/g;

/**
 * Parses a header value (RFC 9110, section 5.6.6). Of a parameter that is given twice, the first
 * counts; one in the extended notation of RFC 8187, `name*`, takes precedence over a plain one.
 */
export function parseParameters(header: string): ParameterizedValue {
  const [value = ""] = header.split(";", 1);
  const parameters = new Map<string, string>();
  const extended = new Map<string, string>();
  for (const [, name = "", quoted, bare = ""] of header.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    const text = quoted === undefined ? bare.trim() : unquote(quoted);
    if (key.endsWith("*")) {
      const decoded = decodeExtended(text);
      if (decoded !== undefined) setFirst(extended, key.slice(0, -1), decoded);
    } else {
      setFirst(parameters, key, text);
    }
  }
  return {
    value: value.trim().toLowerCase(),
    parameters: new Map([...parameters, ...extended]),
  };
}

function setFirst(map: Map<string, string>, key: string, value: string): void {
  if (!map.has(key)) map.set(key, value);
}

/**
 * Removes escapes. A backslash escapes a quote or itself, and is otherwise literal: old browsers
 * send Windows paths without escapes.
 */
function unquote(quoted: string): string {
  return quoted.replace(/\\(["\\])/g, "$1");
}

/** Decodes `charset'language'text` (RFC 8187, section 3.2); `undefined` for anything else. */
function decodeExtended(text: string): string | undefined {
  const [, charset = "", encoded = ""] = /^([^']*)'[^']*'([^']*)$/.exec(text) ?? [];
  const label = charset.toLowerCase();
  try {
    if (label === "utf-8") return decodeURIComponent(encoded);
    if (label !== "iso-8859-1") return undefined;
    return encoded.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  } catch {
    return undefined;
  }
}
