/**
 * readLoadRequest(): the body of a request that loads a model, or lists a repository.
 * @module
 */

import { invalidArgument } from "../error.ts";
import type { LoadParameters } from "../service/models.ts";
import { FILE } from "./model-control.ts";

/**
 * Reads the parameters of a load: `config`, the text of a JSON object, and `file:<path>`, the
 * contents of a file in base64.
 *
 * @throws ServiceError `invalid_argument`
 */
export function readLoadRequest(body: Uint8Array): LoadParameters {
  const { parameters = {} } = readObject(body);
  if (!isRecord(parameters)) throw invalidArgument('"parameters" must be a JSON object');
  const files = new Map<string, Uint8Array>();
  for (const [name, value] of Object.entries(parameters)) {
    if (name.startsWith(FILE)) files.set(name.slice(FILE.length), bytesOf(name, value));
  }
  const { config } = parameters;
  if (config !== undefined && typeof config !== "string") {
    throw invalidArgument('The parameter "config" must be a string: the text of a JSON object');
  }
  return {
    ...(config === undefined ? {} : { config }),
    ...(files.size === 0 ? {} : { files }),
  };
}

/**
 * Reads the filter of an index: `{"ready": true}` leaves out what takes no calls.
 *
 * @throws ServiceError `invalid_argument`
 */
export function readIndexRequest(body: Uint8Array): boolean {
  const { ready = false } = readObject(body);
  if (typeof ready === "boolean") return ready;
  throw invalidArgument('"ready" must be true or false');
}

/** Reads a JSON object. An empty body is one without members. */
function readObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    throw invalidArgument("The body is not JSON", error);
  }
  if (isRecord(value)) return value;
  throw invalidArgument("The body must be a JSON object");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bytesOf(name: string, value: unknown): Uint8Array {
  if (typeof value !== "string") throw invalidArgument(`The parameter "${name}" must be a string`);
  try {
    const text = atob(value);
    const bytes = new Uint8Array(text.length);
    // Not Uint8Array.from(), which takes seconds for megabytes.
    for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
    return bytes;
  } catch (error) {
    throw invalidArgument(`The parameter "${name}" is not base64`, error);
  }
}
