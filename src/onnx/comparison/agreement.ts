/**
 * Agreement: runs the same inputs on one backend and on another one, WASM as a rule, before the
 * first is used. A driver of a GPU may have a faulty kernel, and float16 may overflow, without any
 * error.
 * @module
 */

import { type Clock, within } from "../../clock.ts";
import { messageOf } from "../../error.ts";
import { seededRandom } from "../../random.ts";
import type { Tensor } from "../../tensor.ts";
import type { BackendSession } from "../backend.ts";
import type { ModelFacts } from "../model-facts.ts";
import { reasonOf } from "../run-error.ts";
import { elementsOf, firstAxes, MAX_MADE_UP, plausibleShapes } from "../shapes.ts";
import { type InputOptions, type Inputs, inputsOf, type Pattern, RANGES } from "../trial/probes.ts";
import { difference, FLOAT16, FLOAT32, type Tolerance } from "./difference.ts";

/** The result of a comparison; a reason ends a sentence. */
export type Agreement =
  /** `inputs` are some that both have run with, one row each if there are rows. */
  | { readonly kind: "agrees"; readonly inputs: Inputs; readonly settings: InputOptions }
  | { readonly kind: "differs"; readonly reason: string }
  /** They could not be compared. */
  | { readonly kind: "unknown"; readonly reason: string };

/** The time after which no more inputs are tried. At least one is, however slow the model is. */
const LIMIT_MS = 8_000;
/** The longest run: the first one on a GPU compiles its shaders. */
export const MAX_RUN_MS = 30_000;
const SEED = 1;

/** The inputs: their magnitude, and what they stand for in a message. */
const PATTERNS: readonly (Pattern & { readonly name: string })[] = [
  { scales: [1], name: "normally distributed" },
  { scales: [255, 1], positive: true, magnitude: "large", name: "between 0 and 255" },
  { scales: [1e-3], name: "of magnitude 0.001" },
  { scales: [16, 0.1], magnitude: "large", name: "of magnitude 16" },
  { scales: [0], name: "zero" },
  { scales: [1_000], magnitude: "extreme", name: "of magnitude 1000" },
];
const MAX_FLOAT16 = 255;

/** Rounding errors of large inputs are larger after an exponential function. */
const LARGE_FACTOR = 10;

/**
 * Compares the answers of a session with those of a reference, to inputs from tiny to large.
 *
 * @param session on the backend in question, such as a GPU
 * @param reference usually in WASM
 * @param facts the graph of the model, if it could be read
 */
export async function compare(
  session: BackendSession,
  reference: BackendSession,
  facts: ModelFacts | undefined,
  clock: Clock,
): Promise<Agreement> {
  const outputs = reference.outputs.map(({ name }) => name);
  let endAt = clock.now() + LIMIT_MS;
  const found = await firstAnswered(reference, outputs, clock);
  if (typeof found === "string") return { kind: "unknown", reason: found };
  const { settings, random } = found;
  const tolerance = facts?.usesFloat16 === true ? FLOAT16 : FLOAT32;
  let { inputs, answer: expected } = found;
  const first = inputs;
  for (const pattern of PATTERNS) {
    if (pattern !== PATTERNS[0]) {
      if (clock.now() > endAt) break;
      // Numbers of that size overflow in float16 as such, and prove nothing.
      if (pattern.magnitude === "extreme" && facts?.usesFloat16 === true) continue;
      inputs = inputsOf(pattern, settings, random);
      const answer = await reference.run(inputs, outputs).catch(() => undefined);
      // The model does not take such values.
      if (answer === undefined) continue;
      expected = answer;
    }
    const startedAt = clock.now();
    const reason = await differs(session, inputs, expected, scaled(tolerance, pattern), clock);
    if (reason !== undefined) {
      return { kind: "differs", reason: `${reason} (inputs ${pattern.name})` };
    }
    // The first run compiles shaders, which says nothing about the next.
    if (pattern === PATTERNS[0]) endAt += clock.now() - startedAt;
  }
  return { kind: "agrees", inputs: first, settings };
}

/** Inputs that a model takes, one row each if there are rows. */
export interface FirstInputs {
  readonly inputs: Inputs;
  readonly settings: InputOptions;
}

/** Finds inputs that a model takes. Returns the reason if there are none. */
export async function firstInputs(
  session: BackendSession,
  clock: Clock,
): Promise<FirstInputs | string> {
  return await firstAnswered(
    session,
    session.outputs.map(({ name }) => name),
    clock,
  );
}

interface Answered {
  readonly settings: InputOptions;
  readonly random: () => number;
  readonly inputs: Inputs;
  readonly answer: Record<string, Tensor>;
}

/** Finds shapes and values that the model takes. */
async function firstAnswered(
  session: BackendSession,
  outputs: readonly string[],
  clock: Clock,
): Promise<Answered | string> {
  const pattern = PATTERNS[0] ?? { scales: [1] };
  const endAt = clock.now() + LIMIT_MS;
  let failure: unknown;
  for (const settings of plausibleSettings(session)) {
    if (elementsOf(settings.shapes) > MAX_MADE_UP) {
      failure ??= new Error("they are too large to try");
      break;
    }
    const random = seededRandom(SEED);
    const inputs = inputsOf(pattern, settings, random);
    try {
      const answer = await session.run(inputs, outputs);
      if (clock.now() > endAt) return { settings, random, inputs, answer };
      const again = await session.run(inputs, outputs);
      if (difference(answer, again, FLOAT32) === undefined) {
        return { settings, random, inputs, answer };
      }
      return "the model answers the same input differently each time";
    } catch (error) {
      failure ??= error;
    }
    if (clock.now() > endAt) break;
  }
  return `the model takes none of the inputs that were tried: ${reasonOf(messageOf(failure))}`;
}

/** Yields the settings of inputs that the model may take, the likeliest first. */
function* plausibleSettings({ inputs: specs }: BackendSession): Generator<InputOptions> {
  const rowAxes = firstAxes(specs);
  for (const shapes of plausibleShapes(specs, rowAxes, 1)) {
    for (const range of RANGES) yield { specs, rowAxes, shapes, range, maxFloat16: MAX_FLOAT16 };
  }
}

/** Returns the reason if a session fails on some inputs, or answers them differently. */
async function differs(
  session: BackendSession,
  inputs: Inputs,
  expected: Readonly<Record<string, Tensor>>,
  tolerance: Tolerance,
  clock: Clock,
): Promise<string | undefined> {
  const late = `it did not answer within ${MAX_RUN_MS / 1000} s`;
  try {
    const run = session.run(inputs, Object.keys(expected));
    return difference(expected, await within(run, MAX_RUN_MS, late, clock), tolerance);
  } catch (error) {
    return `it failed: ${reasonOf(messageOf(error))}`;
  }
}

function scaled({ element, row }: Tolerance, { magnitude = "ordinary" }: Pattern): Tolerance {
  const factor = magnitude === "ordinary" ? 1 : LARGE_FACTOR;
  return { element: factor * element, row: factor * row };
}
