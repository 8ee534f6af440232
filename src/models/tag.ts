/**
 * Tags of models: `name:version`, by BentoML's rules.
 * @module
 */

import { randomBytes } from "node:crypto";
import { invalidArgument } from "../error.ts";

/** A name and, unless the latest version is meant, a version. */
export interface Tag {
  readonly name: string;
  readonly version: string | undefined;
}

const PART = /^[a-z0-9](?:[-._a-z0-9]{0,61}[a-z0-9])?$/;

/** The word for the newest version of a model. */
export const LATEST = "latest";

/**
 * Parses `name`, `name:latest` or `name:version`. Capital letters become small ones, as in BentoML,
 * since not all file systems distinguish them.
 *
 * @throws ServiceError `invalid_argument` for anything else
 */
export function parseTag(text: string): Tag {
  const [name = "", version, ...more] = String(text).toLowerCase().split(":");
  if (more.length > 0) {
    throw invalidArgument(`A tag is "name:version" or "name", but was ${JSON.stringify(text)}`);
  }
  checkPart("name of a model", name);
  if (version === undefined || version === LATEST) return { name, version: undefined };
  return { name, version: checkPart("version", version) };
}

/**
 * Checks a name or a version that a model is to have.
 *
 * @throws ServiceError `invalid_argument` with the rule
 */
export function checkPart(what: string, part: string): string {
  if (PART.test(part)) return part;
  throw invalidArgument(
    `A ${what} is 1 to 63 of a-z, 0-9, "-", "." and "_", with a letter or digit at both ends, ` +
      `but was ${JSON.stringify(part)}`,
  );
}

/**
 * Checks the version of a new model; capital letters become small ones.
 *
 * @throws ServiceError `invalid_argument`, also for the word `latest`
 */
export function checkVersion(version: string): string {
  const lower = version.toLowerCase();
  if (lower === LATEST) {
    throw invalidArgument('No version can be named "latest": it stands for the newest one');
  }
  return checkPart("version", lower);
}

/** Returns true for a text that is a tag. */
export function isTag(text: string): boolean {
  return text
    .toLowerCase()
    .split(":")
    .every((part, at) => at < 2 && PART.test(part));
}

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** Returns a new version: 16 letters and digits, like those of BentoML. */
export function newVersion(): string {
  let bits = 0n;
  for (const byte of randomBytes(10)) bits = bits * 256n + BigInt(byte);
  let version = "";
  for (let at = 0; at < 16; at++) {
    version += BASE32[Number(bits % 32n)] ?? "";
    bits /= 32n;
  }
  return version;
}

/** Returns a valid name that is like a text, for example that of a file; `model` if none is. */
export function nameLike(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^-._a-z0-9]+/g, "-")
    .replace(/^[-._]+/, "")
    .slice(0, 63)
    .replace(/[-._]+$/, "");
  return name === "" ? "model" : name;
}
