/**
 * Versions of a model: which of them are served, and which one takes a call.
 * @module
 */

import type { ModelSettings } from "./model-settings.ts";

/** The settings that say which versions are served, and which one takes a call. */
export type VersionSettings = Pick<ModelSettings, "versions" | "labels" | "canary">;

/** The label of the version that takes the calls that name no version. */
const STABLE = "stable";

/** Orders versions from the newest to the oldest: larger numbers are newer, names come last. */
export function newestFirst(one: string, other: string): number {
  const [a, b] = [numberOf(one), numberOf(other)];
  if (a !== undefined && b !== undefined) return a < b ? 1 : a > b ? -1 : 0;
  if (a === undefined && b === undefined) return one < other ? 1 : one > other ? -1 : 0;
  return a === undefined ? 1 : -1;
}

/** A version may have more digits than a double holds. */
function numberOf(version: string): bigint | undefined {
  return /^\d+$/.test(version) ? BigInt(version) : undefined;
}

/**
 * Returns the versions that are served, the newest first: those of the policy, and those that have
 * a label or a share of the calls.
 *
 * @param versions all versions that there are
 * @throws Error for a policy, a label or a canary of a version that does not exist
 */
export function versionsServed(
  settings: VersionSettings,
  versions: readonly string[],
): readonly string[] {
  const { versions: policy = { kind: "latest", count: 1 }, labels = {}, canary } = settings;
  const known = versions.toSorted(newestFirst);
  const served = new Set<string>();
  const serve = (version: string, what: string): void => {
    if (!known.includes(version)) {
      throw new Error(`${what}, but there is no version ${version}: there is ${known.join(", ")}`);
    }
    served.add(version);
  };
  if (policy.kind === "latest") for (const each of known.slice(0, policy.count)) served.add(each);
  if (policy.kind === "all") for (const each of known) served.add(each);
  if (policy.kind === "specific") {
    for (const each of policy.versions) serve(each, `Version ${each} is to be served`);
  }
  for (const [label, version] of Object.entries(labels)) {
    serve(version, `The label "${label}" is for version ${version}`);
  }
  if (canary !== undefined) {
    const version = resolveVersion(labels, canary.version);
    serve(version, `The canary is version ${version}`);
  }
  return known.filter((each) => served.has(each));
}

/** Returns the version of a label, and any other word unchanged. */
export function resolveVersion(labels: VersionSettings["labels"], requested: string): string {
  return labels !== undefined && Object.hasOwn(labels, requested)
    ? (labels[requested] ?? requested)
    : requested;
}

/** What decides whether a call goes to the canary. */
export interface ChoiceBy {
  /** The caller, who always gets the same version; undefined if it is not known. */
  readonly caller?: string | undefined;
  /** Returns a number from 0 to below 1, for calls of nobody known. */
  readonly random: () => number;
}

/**
 * Returns the version for a call that names none: the canary for its share of the calls, otherwise
 * the version with the label `stable`, or the newest one that is not the canary.
 *
 * @param served the versions that are served, the newest first
 * @returns undefined if none is served
 */
export function chooseVersion(
  { labels, canary }: VersionSettings,
  served: readonly string[],
  by: ChoiceBy,
): string | undefined {
  const trial = canary && resolveVersion(labels, canary.version);
  if (canary !== undefined && trial !== undefined && served.includes(trial)) {
    const draw = by.caller === undefined ? by.random() : shareOf(by.caller);
    if (draw < canary.share) return trial;
  }
  const stable = resolveVersion(labels, STABLE);
  if (served.includes(stable)) return stable;
  return served.find((each) => each !== trial) ?? served[0];
}

/**
 * Returns a number from 0 to below 1 that is always the same for a text, and even over all texts:
 * FNV-1a, then the last steps of MurmurHash3, which mix its high bits.
 */
function shareOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
