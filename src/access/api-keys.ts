/**
 * ApiKeys: the keys that callers must have. Only their SHA-256 is kept, and a key is compared with
 * all of them in a time that does not depend on it.
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { repeated } from "../check.ts";
import type { AccessRequest } from "./request.ts";

/** The shortest key: a shorter one can be guessed. */
const MIN_LENGTH = 8;

const NAME = /^[\w.-]{1,63}$/;
/** What every header can have; without commas, which separate keys in a variable. */
const KEY = /^[!-+\--~]+$/;
const HASHED = /^sha256:([\da-f]{64})$/i;

interface KnownKey {
  readonly name: string;
  readonly digest: Uint8Array;
}

/** The keys of a server. */
export class ApiKeys {
  readonly #option: string;
  #keys: readonly KnownKey[];

  /**
   * @param written each as `name:key`, `name:sha256:<64 hexadecimal digits>`, or a key alone
   * @param option the name of the option, for errors
   * @throws TypeError for anything else, which does not show the key
   */
  constructor(written: readonly string[], option: string) {
    this.#option = option;
    this.#keys = keysOf(written, option);
  }

  /** The names of the keys. */
  get names(): readonly string[] {
    return this.#keys.map(({ name }) => name);
  }

  /** Knows these keys alone from now on. @throws TypeError as the constructor, with no change */
  replace(written: readonly string[]): void {
    this.#keys = keysOf(written, this.#option);
  }

  /** Returns the name of the key that a request has; undefined if it has none of these. */
  nameOf(request: Pick<AccessRequest, "header">): string | undefined {
    const { bearer, apiKey } = credentialsIn(request);
    const name = bearer === undefined ? undefined : this.#find(bearer);
    return name ?? (apiKey === undefined ? undefined : this.#find(apiKey));
  }

  /** Compares with every key, whichever fits. */
  #find(given: string): string | undefined {
    const digest = sha256(new TextEncoder().encode(given));
    let found: string | undefined;
    for (const key of this.#keys) {
      let difference = 0;
      for (let at = 0; at < digest.length; at++) {
        difference |= (digest[at] ?? 0) ^ (key.digest[at] ?? 0);
      }
      if (difference === 0) found = key.name;
    }
    return found;
  }
}

/** Returns what a request shows: the token of `Authorization: Bearer`, and `X-Api-Key`. */
function credentialsIn(request: Pick<AccessRequest, "header">): {
  readonly bearer: string | undefined;
  readonly apiKey: string | undefined;
} {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(request.header("authorization") ?? "") ?? [];
  return { bearer, apiKey: request.header("x-api-key") ?? undefined };
}

/** Returns true if a request shows a key at all. */
export function showsKey(request: Pick<AccessRequest, "header">): boolean {
  const { bearer, apiKey } = credentialsIn(request);
  return (bearer ?? apiKey) !== undefined;
}

function keysOf(written: readonly string[], option: string): readonly KnownKey[] {
  const keys = written.map((each, at) => keyOf(each, at, option));
  if (keys.length === 0) throw new TypeError(`"${option}" has no key`);
  const twice = repeated(keys.map(({ name }) => name));
  if (twice !== undefined) throw new TypeError(`"${option}" has two keys named ${twice}`);
  return keys;
}

function keyOf(written: unknown, at: number, option: string): KnownKey {
  const which = `key ${at + 1} of "${option}"`;
  if (typeof written !== "string") throw new TypeError(`The ${which} must be a string`);
  const colon = written.indexOf(":");
  const name = colon === -1 ? `key-${at + 1}` : written.slice(0, colon);
  if (!NAME.test(name)) {
    const text = "the name before its colon must be 1 to 63 letters, digits, dots, _ or -";
    throw new TypeError(`The ${which} is not name:key, where ${text}`);
  }
  const key = written.slice(colon + 1);
  const [, hex] = HASHED.exec(key) ?? [];
  if (hex !== undefined) return { name, digest: bytesOf(hex) };
  if (key.startsWith("sha256:")) {
    throw new TypeError(`The ${which} must have 64 hexadecimal digits after "sha256:"`);
  }
  if (key.length < MIN_LENGTH || !KEY.test(key)) {
    const text = `must have ${MIN_LENGTH} or more characters of ASCII, without spaces and commas`;
    throw new TypeError(`The ${which}, named ${name}, ${text}`);
  }
  return { name, digest: sha256(new TextEncoder().encode(key)) };
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
