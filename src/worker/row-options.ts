/**
 * The options of a runnable about the rows of its batched methods: their weights, and the padding
 * of tensors of unlike length.
 * @module
 */

import { checkOptions } from "../check.ts";
import type { DType, Tensor } from "../tensor.ts";
import type { Methods } from "./runnable.ts";

/**
 * One row of the argument of a batched method: an item of an array; of a tensor or a record of
 * tensors, a value of the same kind with one row.
 */
export type RowOf<V> = V extends readonly (infer Item)[] ? Item : V;

/** The element that tensors of a dtype are padded with. */
export type PadValue<D extends DType = DType> = D extends "string"
  ? string
  : D extends "bool"
    ? boolean
    : D extends "int64" | "uint64"
      ? bigint | number
      : number;

/**
 * The padding of a tensor of an argument.
 *
 * @typeParam D its dtype
 */
export interface Pad<D extends DType = DType> {
  /** The axis, or several, along which calls differ: not that of the rows. */
  readonly axis: number | readonly number[];
  /** The element that is added at the end of the axis. */
  readonly value: PadValue<D>;
  /**
   * The name of the axis, or of each. Axes of one name must be equally long in a call. Default: one
   * name for the first axis of all tensors, one for the second, and so on.
   */
  readonly name?: string | readonly string[];
  /**
   * Rounds the length of a batch up: to a multiple of this number, or to a power of two. Default:
   * the length of the longest call of the batch.
   */
  readonly roundUp?: number | "power of two";
}

/** The axes of a tensor of a result that are as long as padded ones, and are cut back. */
export interface Unpad {
  /** The axis, or several. */
  readonly axis: number | readonly number[];
  /** The name of the padded axis that it is as long as, or of each. Default as in `Pad`. */
  readonly name?: string | readonly string[];
}

/** The padding of an argument: of a tensor, or of the tensors of a record by their names. */
export type PadOf<V> = ByTensor<V, "pad">;

/** The axes of a result that are cut back: of a tensor, or of a record's by their names. */
export type UnpadOf<V> = ByTensor<V, "unpad">;

/** The declaration for a type: one for a tensor, several for a record, none for anything else. */
type ByTensor<V, Kind extends "pad" | "unpad"> = unknown extends V
  ? Declared<DType, Kind> | Readonly<Record<string, Declared<DType, Kind>>>
  : V extends Tensor<infer D>
    ? Declared<D, Kind>
    : V extends readonly unknown[]
      ? never
      : V extends object
        ? {
            readonly [K in keyof V]?: V[K] extends Tensor<infer D> | undefined
              ? Declared<D, Kind>
              : never;
          }
        : never;

type Declared<D extends DType, Kind extends "pad" | "unpad"> = Kind extends "pad" ? Pad<D> : Unpad;

/** The options about the rows of batched methods, each by the name of its method. */
export interface RowOptions<B extends Methods = Methods> {
  /**
   * Returns the weight of a row, a number above 0 such as the tokens of a text. It runs beside the
   * queue, not in a worker. A batch costs its rows times its heaviest row. Default: the length of
   * the first axis that is padded, or else 1.
   *
   * @example
   * weight: { embed: (row) => row.ids.length }
   */
  readonly weight?:
    | { readonly [K in keyof B]?: (row: RowOf<Parameters<B[K]>[0]>) => number }
    | undefined;
  /**
   * Pads tensors of unlike length, so that their calls are joined: to the length of the longest in
   * the batch. Tensors whose axis is not named here are joined only if they are equally long.
   *
   * @example
   * pad: { embed: { ids: { axis: 1, value: 0 }, mask: { axis: 1, value: 0 } } }
   */
  readonly pad?: { readonly [K in keyof B]?: PadOf<Parameters<B[K]>[0]> } | undefined;
  /**
   * Cuts results back to the length of their own call, where an axis is as long as a padded one.
   * Default: results are returned as they are.
   *
   * @example
   * unpad: { tag: { axis: 1 } }
   */
  readonly unpad?: { readonly [K in keyof B]?: UnpadOf<Awaited<ReturnType<B[K]>>> } | undefined;
}

/** The names of the options. */
export const ROW_OPTIONS = ["weight", "pad", "unpad"] as const;

const PAD_KEYS: readonly (keyof Pad)[] = ["axis", "value", "name", "roundUp"];
const UNPAD_KEYS: readonly (keyof Unpad)[] = ["axis", "name"];

/**
 * Checks the options about rows, but for the names of the methods, which are known once `load` has
 * returned them.
 *
 * @throws TypeError for a declaration that has no meaning
 */
export function checkRowOptions({ weight, pad, unpad }: RowOptions): void {
  for (const [method, given] of entriesOf("weight", weight)) {
    if (typeof given === "function") continue;
    throw wrong("weight", method, "a function that takes a row and returns its weight", given);
  }
  for (const [method, given] of entriesOf("pad", pad)) {
    for (const each of tensorsOf("pad", method, given).values()) checkPad(method, each as Pad);
  }
  for (const [method, given] of entriesOf("unpad", unpad)) {
    for (const each of tensorsOf("unpad", method, given).values()) {
      checkOptions(`Cannot cut back the result of "${method}"`, each, UNPAD_KEYS);
      checkAxes("unpad", method, each as Unpad);
    }
    if (pad?.[method] !== undefined) continue;
    throw new TypeError(
      `Cannot define a runnable: "unpad" names "${method}", but "pad" does not: only the results ` +
        "of padded calls are cut back",
    );
  }
}

/**
 * Returns the declarations of a method by the names of its tensors; `""` is the name of a tensor
 * that is itself the argument or the result.
 *
 * @throws TypeError for a value that is neither a declaration nor a record of them
 */
export function tensorsOf<T extends Pad | Unpad>(
  option: "pad" | "unpad",
  method: string,
  given: T | Readonly<Record<string, T>>,
): ReadonlyMap<string, T> {
  if (isOne(given)) return new Map([["", given as T]]);
  const wanted = "{ axis }, or a record of such by the names of tensors";
  if (typeof given !== "object" || given === null) throw wrong(option, method, wanted, given);
  const tensors = Object.entries(given).filter(([, each]) => each !== undefined);
  const bad = tensors.find(([, each]) => !isOne(each));
  if (bad !== undefined) throw wrong(option, method, wanted, JSON.stringify({ [bad[0]]: bad[1] }));
  if (tensors.length === 0) throw wrong(option, method, wanted, "an empty record");
  return new Map(tensors as [string, T][]);
}

/** Returns the axes of a declaration with their names. */
export function axesOf({ axis, name }: Pad | Unpad): { axis: number; name: string }[] {
  const names = typeof name === "string" ? [name] : name;
  return [axis].flat().map((each, at) => ({ axis: each, name: names?.[at] ?? String(at) }));
}

/** Returns true for one declaration. In a record, `axis` could only be the name of a tensor. */
function isOne(given: unknown): given is Pad | Unpad {
  const { axis } = (given ?? {}) as { axis?: unknown };
  return typeof axis === "number" || Array.isArray(axis);
}

function checkPad(method: string, pad: Pad): void {
  checkOptions(`Cannot pad the calls of "${method}"`, pad, PAD_KEYS);
  checkAxes("pad", method, pad);
  const { value, roundUp = 1 } = pad;
  if (!["number", "bigint", "boolean", "string"].includes(typeof value)) {
    throw wrong(
      "pad",
      method,
      "{ axis, value }, with an element of its tensor as the value",
      value,
    );
  }
  const isRounded = roundUp === "power of two" || (Number.isSafeInteger(roundUp) && roundUp >= 1);
  if (isRounded) return;
  throw wrong("pad", method, 'rounded up to a whole number from 1 or to "power of two"', roundUp);
}

function checkAxes(option: "pad" | "unpad", method: string, given: Pad | Unpad): void {
  const { axis, name } = given;
  const axes = [axis].flat();
  const isRight = axes.length > 0 && axes.every((each) => Number.isSafeInteger(each) && each >= 0);
  if (!isRight || new Set(axes).size < axes.length) {
    throw wrong(
      option,
      method,
      "along axes that are whole numbers from 0 up, each once",
      `[${axes}]`,
    );
  }
  if (name === undefined) return;
  const names: readonly unknown[] = [name].flat();
  if (names.length === axes.length && names.every((each) => typeof each === "string")) return;
  throw wrong(option, method, "given a name for each axis", JSON.stringify(name));
}

function entriesOf<T>(
  option: string,
  given: Readonly<Record<string, T | undefined>> | undefined,
): [string, T][] {
  if (given !== undefined && (typeof given !== "object" || given === null)) {
    throw new TypeError(
      `Cannot define a runnable: "${option}" must be an object by method, but was ${given}`,
    );
  }
  return Object.entries(given ?? {}).filter(
    (entry): entry is [string, T] => entry[1] !== undefined,
  );
}

function wrong(option: string, method: string, wanted: string, given: unknown): TypeError {
  return new TypeError(
    `Cannot define a runnable: "${option}" of "${method}" must be ${wanted}, but was ${given}`,
  );
}
