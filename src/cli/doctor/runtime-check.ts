/**
 * The check of the runtime's version.
 * @module
 */

import { type Finding, ok, problem, warning } from "./finding.ts";

/** A runtime, the versions that can run this program, and those that its tests run on. */
interface Known {
  readonly title: string;
  readonly key: "bun" | "deno" | "node";
  readonly oldest: string;
  /** The newest major version in the tests. */
  readonly newestMajor: number;
  readonly update: string;
}

/** Node is last: the others say that they are one, too. */
export const RUNTIMES: readonly Known[] = [
  { title: "Bun", key: "bun", oldest: "1.4", newestMajor: 1, update: "bun upgrade" },
  { title: "Deno", key: "deno", oldest: "2.9", newestMajor: 2, update: "deno upgrade" },
  { title: "Node", key: "node", oldest: "24", newestMajor: 26, update: "see https://nodejs.org" },
];

/** Checks the versions that `process.versions` tells. */
export function checkRuntime(versions: Readonly<Record<string, string | undefined>>): Finding {
  const known = RUNTIMES.find(({ key }) => versions[key] !== undefined);
  if (known === undefined) {
    return problem("runtime", "unknown", "Run ekiben on Bun, Deno or Node 24 or newer");
  }
  const version = versions[known.key] ?? "";
  const name = `${known.title} ${version}`;
  const [major = 0, minor = 0] = numbersOf(version);
  const [oldestMajor = 0, oldestMinor = 0] = numbersOf(known.oldest);
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    const text = `${name} is too old: ekiben needs ${known.title} ${known.oldest} or newer`;
    return problem("runtime", text, `Update it: ${known.update}`);
  }
  if (major > known.newestMajor) {
    const text = `${name} is newer than what ekiben is tested on, up to ${known.newestMajor}.x`;
    return warning("runtime", text, "Try your service on it, or update ekiben");
  }
  return ok("runtime", name);
}

function numbersOf(version: string): readonly number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10));
}
