/**
 * Probes: the calls of a trial. Their rows differ in magnitude, some are zeros and some are equal,
 * so that a dependence on the other rows of a batch shows.
 * @module
 */

import { seededRandom } from "../../random.ts";
import { allocate, type DType, sizeOf, type Tensor, type TensorSpec } from "../../tensor.ts";
import type { Shapes } from "../shapes.ts";

/** The inputs of one call. */
export type Inputs = Readonly<Record<string, Tensor>>;

/** One call of a trial. */
export interface Probe {
  readonly rows: number;
  readonly inputs: Inputs;
  readonly magnitude: Magnitude;
}

/**
 * The magnitude of a probe's values. Answers to large ones show rounding errors, and are compared
 * less strictly; extreme ones are there for their effect on other rows, and are not compared.
 */
export type Magnitude = "ordinary" | "large" | "extreme";

/** The number of different whole numbers in a probe, from 0 up. */
export interface Range {
  readonly bytes: number;
  readonly integers: number;
  /** As `integers`, in the probe of extreme values. */
  readonly extreme: number;
}

/** Features and tokens may be large numbers; indices, masks and counts may have to be small. */
export const RANGES: readonly Range[] = [
  // No larger: a model that takes one for a length may need memory for its square.
  { bytes: 256, integers: 100, extreme: 1_000 },
  { bytes: 256, integers: 100, extreme: 100 },
  { bytes: 10, integers: 10, extreme: 10 },
  { bytes: 2, integers: 2, extreme: 2 },
  { bytes: 1, integers: 1, extreme: 1 },
];

/** The range of masks and other switches. */
export const BINARY: Range = { bytes: 2, integers: 2, extreme: 2 };

/** The scale of each row of a call. Values are normally distributed, unless `positive` is set. */
export interface Pattern {
  readonly scales: readonly number[];
  readonly positive?: boolean;
  readonly magnitude?: Magnitude;
}

const LARGE = 64;
const EXTREME = 10_000;
const EXTREME_FLOAT16 = 1_000;
const LARGE_FLOAT16 = 8;
const ORDINARY: Pattern = { scales: [1] };
const PATTERNS: readonly Pattern[] = [
  ORDINARY,
  { scales: [0.01, LARGE], magnitude: "large" },
  { scales: [0] },
  { scales: [1, 8, 100], positive: true },
  { scales: [LARGE], magnitude: "large" },
  { scales: [EXTREME], magnitude: "extreme" },
];

/** The joins to try, by the places of probes: several orders, in small and larger batches. */
export const JOINS: readonly (readonly number[])[] = [
  [0, 1],
  [4, 6, 0],
  [2, 3, 1, 0, 4, 5],
];

/** The settings of the inputs of a call. */
export interface InputOptions {
  readonly specs: readonly TensorSpec[];
  /** The axis of each input that carries rows. */
  readonly rowAxes: Readonly<Record<string, number>>;
  /** The shapes of one row. */
  readonly shapes: Shapes;
  readonly range: Range;
  /** The largest scale of float16. Default 8: larger values would overflow within many a model. */
  readonly maxFloat16?: number;
}

/** The settings of probes. */
export interface ProbeOptions extends InputOptions {
  readonly seed: number;
  /** The values of inputs without rows: a switch may take effect at one value only. */
  readonly shared: SharedValues;
}

/** The values of the inputs that carry no rows. */
export type SharedValues = "random" | "zeros" | "ones";

/** Makes a probe of each pattern, and one equal to the first. All share the inputs without rows. */
export function probesOf(options: ProbeOptions): readonly Probe[] {
  const random = seededRandom(options.seed);
  const shared = Object.fromEntries(
    options.specs
      .filter(({ name }) => options.rowAxes[name] === undefined)
      .map((spec) => [spec.name, sharedOf(spec, options, random)]),
  );
  const probes = PATTERNS.map((pattern): Probe => {
    const own = options.specs
      .filter(({ name }) => options.rowAxes[name] !== undefined)
      .map((spec) => [spec.name, inputOf(spec, pattern, options, random)] as const);
    const inputs = { ...shared, ...Object.fromEntries(own) };
    return { rows: pattern.scales.length, inputs, magnitude: pattern.magnitude ?? "ordinary" };
  });
  const [first] = probes;
  return first === undefined ? probes : [...probes, first];
}

/** Makes the inputs of one call. An input without rows has the scale of the first row. */
export function inputsOf(pattern: Pattern, options: InputOptions, random: () => number): Inputs {
  return Object.fromEntries(
    options.specs.map((spec) => [spec.name, inputOf(spec, pattern, options, random)]),
  );
}

function sharedOf(spec: TensorSpec, options: ProbeOptions, random: () => number): Tensor {
  const input = inputOf(spec, ORDINARY, options, random);
  if (options.shared === "random") return input;
  const { dtype, shape, data } = input;
  const one = dtype === "string" ? "1" : typeof data[0] === "bigint" ? 1n : 1;
  const zeros = allocate(dtype, data.length);
  const filled = options.shared === "zeros" ? zeros : (zeros as unknown[]).fill(one);
  return { dtype, shape, data: filled as Tensor["data"] };
}

function inputOf(
  { name, dtype = "float32" }: TensorSpec,
  pattern: Pattern,
  { rowAxes, shapes, range, maxFloat16 = LARGE_FLOAT16 }: InputOptions,
  random: () => number,
): Tensor {
  const axis = rowAxes[name];
  const one = shapes[name] ?? [];
  const shape = axis === undefined ? one : one.with(axis, pattern.scales.length);
  const data = allocate(dtype, sizeOf(shape));
  const inner = axis === undefined ? 1 : sizeOf(shape.slice(axis + 1));
  // A mask selects tokens; other values make no sense in it.
  const values = /mask|type/i.test(name) ? BINARY : range;
  for (let at = 0; at < data.length; at++) {
    const row = axis === undefined ? 0 : Math.floor(at / inner) % pattern.scales.length;
    const given = pattern.scales[row] ?? 1;
    const scale = dtype === "float16" ? float16Scale(given, maxFloat16) : given;
    // Every dtype's array takes what elementOf() makes for it.
    (data as unknown[])[at] = elementOf(dtype, scale, pattern.positive ?? false, values, random);
  }
  return { dtype, shape, data };
}

function float16Scale(scale: number, max: number): number {
  return scale === EXTREME ? EXTREME_FLOAT16 : Math.min(scale, max);
}

const WORDS = ["a", "cat", "the black cat", "7", "a,b,c", "Zürich", "", "12.5"];

function elementOf(
  dtype: DType,
  scale: number,
  positive: boolean,
  range: Range,
  random: () => number,
): unknown {
  switch (dtype) {
    case "float16":
    case "float32":
    case "float64":
      return (positive ? random() : gaussian(random)) * scale;
    case "bool":
      return random() < 0.5 ? 1 : 0;
    case "string":
      return range.integers > 10
        ? WORDS[Math.floor(random() * WORDS.length)]
        : String(Math.floor(random() * range.integers));
    default: {
      const isByte = dtype === "uint8" || dtype === "int8";
      const integers = scale === EXTREME ? range.extreme : range.integers;
      const values = isByte ? Math.min(range.bytes, dtype === "int8" ? 128 : 256) : integers;
      const size = Math.floor(random() * Math.max(1, values * Math.min(1, scale)));
      return dtype === "int64" || dtype === "uint64" ? BigInt(size) : size;
    }
  }
}

/** Returns a normally distributed number (Box and Muller). */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
