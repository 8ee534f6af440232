/**
 * Padding: the rules by which tensors of unlike length are joined, and their results cut back.
 * @module
 */

import { invalidArgument } from "../../error.ts";
import { allocate, type DType, formatShape, isTensor, type Tensor } from "../../tensor.ts";
import {
  axesOf,
  type Pad,
  type PadValue,
  tensorsOf,
  type Unpad,
} from "../../worker/row-options.ts";
import { isRecord } from "./rows.ts";

/** The element of a tensor's data. */
export type Element = number | bigint | string;

/** An axis whose length differs between calls. */
export interface OpenAxis {
  readonly axis: number;
  /** The index of its length in `Lengths`: axes of one name share it. */
  readonly at: number;
}

/** The length of each name of padded axes; `undefined` for one that no tensor of the call has. */
export type Lengths = readonly (number | undefined)[];

/** The padding of one tensor of an argument. */
interface PaddedTensor {
  readonly axes: readonly OpenAxis[];
  readonly value: PadValue;
  /** The element for each dtype that has been padded so far. */
  readonly elements: Map<DType, Element>;
}

/** The declarations of one method in the options of its runnable. */
export interface PaddingOptions {
  readonly pad: Pad | Readonly<Record<string, Pad>>;
  readonly unpad?: Unpad | Readonly<Record<string, Unpad>> | undefined;
}

/** The padding of the calls of one method. */
export class Padding {
  /** The name of each length, in the order of their declaration. */
  readonly #names: string[] = [];
  readonly #roundUps: Pad["roundUp"][] = [];
  readonly #input = new Map<string, PaddedTensor>();
  readonly #output = new Map<string, readonly OpenAxis[]>();

  /**
   * @param method the method, for messages: `"embed" of runner "texts"`
   * @throws TypeError for a result that is cut back to the length of no padded axis
   */
  constructor(method: string, { pad, unpad }: PaddingOptions) {
    for (const [name, each] of tensorsOf("pad", method, pad)) {
      const axes = axesOf(each).map(({ axis, name: own }) => {
        if (!this.#names.includes(own)) this.#names.push(own);
        const at = this.#names.indexOf(own);
        this.#roundUps[at] ??= each.roundUp;
        return { axis, at };
      });
      this.#input.set(name, { axes, value: each.value, elements: new Map() });
    }
    if (unpad === undefined) return;
    for (const [name, each] of tensorsOf("unpad", method, unpad)) {
      const axes = axesOf(each).map(({ axis, name: own }) => {
        const at = this.#names.indexOf(own);
        if (at >= 0) return { axis, at };
        throw new TypeError(
          `Axis ${axis} of the result of ${method} cannot be cut back to the length "${own}", ` +
            `which "pad" does not name: it names "${this.#names.join('", "')}"`,
        );
      });
      this.#output.set(name, axes);
    }
  }

  /** The padded axes of each tensor of an argument; `""` names a tensor that is the argument. */
  get input(): ReadonlyMap<string, Pick<PaddedTensor, "axes" | "value">> {
    return this.#input;
  }

  /** The axes of each tensor of a result that are cut back. */
  get output(): ReadonlyMap<string, readonly OpenAxis[]> {
    return this.#output;
  }

  /**
   * Returns the lengths of a call.
   *
   * @throws TypeError for an argument of another kind than the declared one; ServiceError
   *   `invalid_argument` for tensors without the axes, of unlike lengths, or of a dtype that the
   *   padding does not fit
   */
  lengthsOf(input: unknown): Lengths {
    this.#checkKind(input);
    const lengths = new Array<number | undefined>(this.#names.length).fill(undefined);
    for (const [name, padded] of this.#input) {
      const tensor = tensorAt(input, name);
      if (tensor === undefined) continue;
      for (const { axis, at } of padded.axes) {
        const length = tensor.shape[axis];
        if (length === undefined) throw withoutAxis(name, axis, tensor);
        if (lengths[at] !== undefined && lengths[at] !== length) throw this.#unlike(input, at);
        lengths[at] = length;
      }
      this.elementFor(name, tensor.dtype);
    }
    for (const axes of this.#output.values()) {
      const missing = axes.find(({ at }) => lengths[at] === undefined);
      if (missing !== undefined) throw this.#missing(missing);
    }
    return lengths;
  }

  /** Returns the lengths to which calls are padded when they are joined. */
  joint(calls: readonly Lengths[]): Lengths {
    return this.#names.map((_, at) => {
      let longest: number | undefined;
      for (const lengths of calls) {
        const length = lengths[at];
        if (length !== undefined && !(length <= (longest ?? -1))) longest = length;
      }
      return longest === undefined ? undefined : roundedUp(longest, this.#roundUps[at]);
    });
  }

  /** Returns the weight of each row of a call: the first length that it has, once it is padded. */
  weightOf(input: unknown): number {
    const first = this.joint([this.lengthsOf(input)]).find((length) => length !== undefined);
    return Math.max(1, first ?? 1);
  }

  /**
   * Returns the element with which a tensor is padded.
   *
   * @throws ServiceError `invalid_argument` if the declared value is none of its dtype
   */
  elementFor(name: string, dtype: DType): Element | undefined {
    const padded = this.#input.get(name);
    if (padded === undefined) return undefined;
    const known = padded.elements.get(dtype);
    if (known !== undefined) return known;
    const element = elementOf(padded.value, dtype);
    if (element === undefined) {
      throw invalidArgument(
        `${called(name)} is of ${dtype}, but is padded with ${shown(padded.value)}, and an ` +
          `element of ${dtype} is ${ELEMENTS[dtype]}`,
      );
    }
    padded.elements.set(dtype, element);
    return element;
  }

  #checkKind(input: unknown): void {
    const isOne = this.#input.has("");
    const kind = isTensor(input) ? "a tensor" : Array.isArray(input) ? "an array" : "a record";
    const isKnown = kind !== "a record" || isRecord(input);
    if (isKnown && kind === (isOne ? "a tensor" : "a record")) return;
    const given = isKnown ? kind : input === null ? "null" : typeof input;
    const wanted = isOne
      ? "a tensor"
      : `tensors by name ("${[...this.#input.keys()].join('", "')}")`;
    throw new TypeError(`The method pads ${wanted}, but was given ${given}`);
  }

  #unlike(input: unknown, at: number): Error {
    const lengths = [...this.#input].flatMap(([name, { axes }]) =>
      axes.flatMap(({ axis, at: own }) => {
        const length = tensorAt(input, name)?.shape[axis];
        const where = name === "" ? "" : ` of "${name}"`;
        return own !== at || length === undefined ? [] : [`axis ${axis}${where} has ${length}`];
      }),
    );
    return invalidArgument(
      `All padded axes of a call must have the same length, but ${lengths.join(" and ")}`,
    );
  }

  #missing({ at }: OpenAxis): Error {
    const names = [...this.#input].flatMap(([name, { axes }]) =>
      axes.some((axis) => axis.at === at) ? [`"${name}"`] : [],
    );
    return invalidArgument(`A call must have ${names.join(" or ")}: its results are as long`);
  }
}

/** Returns a tensor of a value by its name; `""` names a tensor that is the value. */
function tensorAt(value: unknown, name: string): Tensor | undefined {
  if (name === "") return value as Tensor;
  const record = value as Readonly<Record<string, Tensor>>;
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function roundedUp(length: number, to: Pad["roundUp"] = 1): number {
  if (to !== "power of two") return Math.ceil(length / to) * to;
  return length === 0 ? 0 : 2 ** Math.ceil(Math.log2(length));
}

/** The elements of each dtype, for messages. */
const ELEMENTS: Readonly<Record<DType, string>> = {
  float16: "a number",
  float32: "a number",
  float64: "a number",
  int8: "a whole number from -128 to 127",
  int16: "a whole number from -32768 to 32767",
  int32: "a whole number from -2147483648 to 2147483647",
  int64: "a whole number of 64 bits",
  uint8: "a whole number from 0 to 255",
  uint16: "a whole number from 0 to 65535",
  uint32: "a whole number from 0 to 4294967295",
  uint64: "a whole number from 0 up of 64 bits",
  bool: "true or false",
  string: "a text",
};

/** Returns a value as an element of a dtype; `undefined` if it is none. */
function elementOf(value: PadValue, dtype: DType): Element | undefined {
  if (dtype === "string") return typeof value === "string" ? value : undefined;
  if (dtype === "bool") return typeof value === "boolean" ? Number(value) : undefined;
  if (dtype === "int64" || dtype === "uint64") {
    if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return undefined;
    const whole = BigInt(value);
    const wrapped = dtype === "int64" ? BigInt.asIntN(64, whole) : BigInt.asUintN(64, whole);
    return wrapped === whole ? whole : undefined;
  }
  if (typeof value !== "number") return undefined;
  const [stored] = Object.assign(allocate(dtype, 1) as Float64Array, [value]);
  if (dtype.startsWith("float")) {
    return Number.isFinite(value) && !Number.isFinite(stored) ? undefined : value;
  }
  return stored === value ? value : undefined;
}

function withoutAxis(name: string, axis: number, { shape }: Tensor): Error {
  return invalidArgument(
    `${called(name)} has no axis ${axis} to be padded: its shape is ${formatShape(shape)}`,
  );
}

function called(name: string): string {
  return name === "" ? "The tensor" : `"${name}"`;
}

function shown(value: PadValue): string {
  if (typeof value === "bigint") return `${value}n`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
