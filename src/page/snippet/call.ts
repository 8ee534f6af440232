/**
 * Call: a call as snippets of code need it.
 * @module
 */

import type { IoInfo } from "../apis.ts";
import type { Content } from "../form/form.ts";

/** A call of an API or of a model. */
export interface Call {
  /** The URL below which all is, with a slash at its end. */
  readonly base: string;
  /** The path, with its leading slash. */
  readonly path: string;
  readonly content: Content;
  /** True if the caller has to send an API key. */
  readonly needsKey: boolean;
  /** The API; undefined for a model. */
  readonly api?: { readonly name: string; readonly input: IoInfo; readonly output: IoInfo };
  /** The host and the port of gRPC; undefined where it is not served. */
  readonly grpc?: { readonly address: string; readonly isSecure: boolean } | undefined;
}

/** Where snippets take the API key from. */
export const KEY_VARIABLE = "EKIBEN_API_KEY";

/** Returns the URL of a call. */
export function urlOf({ base, path }: Call): string {
  return `${base}${path.replace(/^\//, "")}`;
}

/** Returns a text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
