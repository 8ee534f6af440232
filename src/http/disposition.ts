/**
 * The header Content-Disposition of an answer that is a file (RFC 6266).
 * @module
 */

/** File systems take 255 bytes at most. */
const MAX_NAME_LENGTH = 255;

const MAX_EXTENSION_LENGTH = 16;

/**
 * The value that has a client save a body under a name. The name is its last path segment, without
 * control characters. It stands twice where plain ASCII cannot say it: with `_` for what it cannot
 * say, for old clients, and in `filename*`, in full.
 */
export function attachment(filename: string): string {
  const name = cleanName(filename);
  if (name === "") return "attachment";
  // Some clients decode escapes in the plain name, too.
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

/** RFC 8187: what encodeURIComponent() leaves and an attr-char may not be. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
