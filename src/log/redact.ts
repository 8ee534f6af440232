/**
 * Redaction: removes the secrets of requests from text that is logged.
 * @module
 */

/** Written instead of a secret. */
export const REDACTED = "***";

/** The names of query parameters and headers whose values are secrets. */
const SECRET_NAME =
  "[\\w.-]*(?:api[_-]?key|access[_-]?key|token|secret|passw(?:or)?d|pwd|authorization|signature|" +
  "credential|session[_-]?id|cookie)[\\w.-]*|auth|key|sig|code|jwt|sid";

/** The look-ahead keeps it linear: a name without an equals sign is not searched for secrets. */
const IN_QUERY = new RegExp(`([?&;](?=[\\w.-]+=)(?:${SECRET_NAME})=)[^&#;\\s]*`, "gi");

/** Headers as objects and lines show them: `authorization: Bearer …`, `"x-api-key": "…"`. */
const IN_HEADERS =
  /((?:proxy-)?authorization|x-api-key|(?:set-)?cookie)(["']?\s*[:=]\s*["']?)[^"'\r\n]+/gi;

const CREDENTIALS = /\b(Bearer(?=\s+[\w.~+/=-]{4})|Basic(?=\s+[\w+/=]{8}))\s+[\w.~+/=-]+/g;

/** The passwords of URLs: `redis://user:password@host`. */
const IN_URL = /(\/\/[^\s/:@]*:)[^\s/@]+@/g;

/** Returns a path or a URL with the secrets of its query redacted. */
export function redactUrl(url: string): string {
  const redacted = url.includes("?") ? url.replace(IN_QUERY, `$1${REDACTED}`) : url;
  return redacted.includes("@") ? redacted.replace(IN_URL, `$1${REDACTED}@`) : redacted;
}

/** Returns a text, such as the message of an error, with the secrets that it shows redacted. */
export function redactText(text: string): string {
  return redactUrl(text)
    .replace(IN_HEADERS, `$1$2${REDACTED}`)
    .replace(CREDENTIALS, `$1 ${REDACTED}`);
}
