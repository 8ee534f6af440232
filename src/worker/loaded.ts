/**
 * Checks of the return value of the `load` function of a runnable.
 * @module
 */

import { suggestion } from "../check.ts";
import { checkSpecs } from "./method-specs.ts";
import type { MethodKinds, SpecsByName } from "./protocol.ts";
import { ROW_OPTIONS } from "./row-options.ts";
import { type Loaded, type Methods, RUNNABLE_OPTIONS, type Runnable } from "./runnable.ts";

/** The return value of `load`, with any methods. */
export type AnyLoaded = Loaded<Methods, Methods>;

const KNOWN: readonly (keyof AnyLoaded)[] = [
  ...(["batched", "methods", "warmUp", "rowAxes", "specs", "close"] as const),
];

/** The checked parts of a loaded runnable. */
export interface CheckedLoaded {
  readonly methods: MethodKinds;
  readonly specs: SpecsByName;
}

/**
 * Checks the value that `load` returned, and the names of methods in the runnable's options.
 *
 * @throws TypeError for anything that would have no effect, such as a misspelt name
 */
export function checkLoaded(runnable: Runnable, loaded: AnyLoaded): CheckedLoaded {
  const { url } = runnable;
  if (typeof loaded !== "object" || loaded === null) {
    throw new TypeError(`load() of ${url} must return an object with methods, not ${loaded}`);
  }
  for (const name of Object.keys(loaded)) checkKey(url, name);
  const { batched = {}, methods = {}, warmUp = {}, rowAxes = {}, specs = {} } = loaded;
  const twice = Object.keys(batched).find((name) => Object.hasOwn(methods, name));
  if (twice !== undefined) {
    throw new TypeError(`Method "${twice}" is in both "batched" and "methods"`);
  }
  const kinds: MethodKinds = Object.fromEntries([
    ...Object.keys(batched).map((name) => [name, "batched"] as const),
    ...Object.keys(methods).map((name) => [name, "plain"] as const),
  ]);
  const { notIdempotent, notSplittable } = runnable;
  checkNames(url, '"notIdempotent"', notIdempotent, Object.keys(kinds));
  checkNames(url, '"notSplittable"', notSplittable, Object.keys(batched));
  for (const option of ROW_OPTIONS) {
    const names = Object.keys(runnable.rows[option] ?? {});
    checkNames(url, `"${option}"`, names, Object.keys(batched));
  }
  checkNames(url, '"warmUp"', Object.keys(warmUp), Object.keys(batched));
  checkNames(url, '"rowAxes"', Object.keys(rowAxes), Object.keys(batched));
  checkNames(url, '"specs"', Object.keys(specs), Object.keys(kinds));
  for (const [name, method] of Object.entries({ ...batched, ...methods })) {
    if (typeof method === "function") continue;
    throw new TypeError(`Method "${name}" of ${url} must be a function, but is ${typeof method}`);
  }
  return { methods: kinds, specs: checkedSpecs(url, specs) };
}

function checkedSpecs(url: string, specs: NonNullable<AnyLoaded["specs"]>): SpecsByName {
  const known = Object.entries(specs).filter(([, given]) => given !== undefined);
  return Object.fromEntries(
    known.map(([name, given]) => [name, checkSpecs(`Method "${name}" of ${url}`, given)]),
  );
}

function checkKey(url: string, name: string): void {
  if (RUNNABLE_OPTIONS.some((option) => option === name)) {
    throw new TypeError(
      `"${name}" is an option of runnable(), its third argument: load() must not return it`,
    );
  }
  if (KNOWN.some((known) => known === name)) return;
  throw new TypeError(
    `load() of ${url} must not return "${name}": ${suggestion(name, KNOWN, "it may return")}`,
  );
}

function checkNames(
  url: string,
  where: string,
  names: readonly string[],
  known: readonly string[],
): void {
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return;
  const isOfAny = where === '"notIdempotent"' || where === '"specs"';
  const kind = isOfAny ? "method" : "batched method";
  throw new TypeError(
    `${where} of ${url} names "${wrong}", which is no ${kind}: ` +
      suggestion(wrong, known, "it may name"),
  );
}
