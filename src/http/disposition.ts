/**
 * The header Content-Disposition of an answer that is a file (RFC 6266).
 * @module
 */

/** The longest name that file systems allow, in bytes. */
const MAX_NAME_LENGTH = 255;

const MAX_EXTENSION_LENGTH = 16;

/**
 * Returns the header value that makes a client save a body under a name: the last path segment,
 * without control characters. A name that is not plain ASCII is given twice: for old clients with
 * `_` in place of other characters, and in full as `filename*`.
 */
export function attachment(filename: string): string {
  const name = cleanName(filename);
  if (name === "") return "attachment";
  // Some clients also decode escapes in the plain name.
  const plain = name.replace(/[^\x20-\x7e]|["\\]|%(?=[\da-f]{2})/gi, "_");
  const full = plain === name ? "" : `; filename*=UTF-8''${encodeName(name)}`;
  return `attachment; filename="${plain}"${full}`;
}

function cleanName(filename: string): string {
  const [segment = ""] = /[^/\\]*$/.exec(filename.toWellFormed()) ?? [];
  const name = segment.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "_").trim();
  if (name === "." || name === "..") return "";
  if (name.length <= MAX_NAME_LENGTH) return name;
  const dot = name.lastIndexOf(".");
  const extension = name.length - dot <= MAX_EXTENSION_LENGTH && dot > 0 ? name.slice(dot) : "";
  return (name.slice(0, MAX_NAME_LENGTH - extension.length) + extension).toWellFormed();
}

/** Encodes a name by RFC 8187, with the characters that encodeURIComponent() leaves. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
