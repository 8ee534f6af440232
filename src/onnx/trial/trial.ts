/**
 * Trial: finds out whether calls of a model can be joined into batches. Several calls run alone and
 * joined, and every row of every answer must be the same. Names and shapes do not show it: an open
 * first axis may be time, points of one cloud, or rows of a batch.
 * @module
 */

import { messageOf } from "../../error.ts";
import { reasonOf } from "../run-error.ts";
import { elementsOf, MAX_MADE_UP, plausibleShapes } from "../shapes.ts";
import { candidateAxes, type RowAxes, type TensorAxes } from "./candidates.ts";
import { varies } from "./compare.ts";
import {
  type Answered,
  NotJoinable,
  Prober,
  type TrialOptions,
  type TrialSession,
} from "./prober.ts";
import { BINARY, JOINS, probesOf, RANGES, type Range } from "./probes.ts";

/** The outcome of a trial. */
export interface Verdict {
  /** The axes that hold the rows, where calls can be joined. */
  readonly rowAxes: RowAxes | undefined;
  /** The reason, in a few words. */
  readonly reason: string;
}

/** The rows of a large batch that is tried too, unless it takes too long or is too large. */
const MANY_ROWS = 100;
const MANY_ROWS_MS = 1_000;
const MANY_ROWS_ELEMENTS = 2_000_000;
/** The most other lengths of open axes that are tried until the model takes one. */
const MAX_OTHER_SHAPES = 8;

/** Operators whose result for a row depends on other rows or on chance, if no trial shows it. */
const COUPLED: Readonly<Record<string, string>> = {
  DynamicQuantizeLinear: "quantises by the largest value of all rows",
  DynamicQuantizeMatMul: "quantises by the largest value of all rows",
  DynamicQuantizeLSTM: "quantises by the largest value of all rows",
  RandomNormal: "is random",
  RandomNormalLike: "is random",
  RandomUniform: "is random",
  RandomUniformLike: "is random",
  Multinomial: "is random",
  Bernoulli: "is random",
  NonMaxSuppression: "answers other rows than it is given",
  Unique: "answers other rows than it is given",
  If: "decides once for all rows",
  Loop: "repeats as often for all rows",
};

/** Tries whether calls of a model can be joined. */
export async function tryBatching(
  session: TrialSession,
  options: TrialOptions = {},
): Promise<Verdict> {
  try {
    requireTryable(session);
    const candidates = candidateAxes(session.inputs);
    if (candidates.length === 0) throw new NotJoinable("no axis of its inputs is open");
    return await firstConfirmed(new Prober(session, options), candidates);
  } catch (error) {
    if (!(error instanceof NotJoinable)) throw error;
    return { rowAxes: undefined, reason: error.message };
  }
}

function requireTryable({ inputs, facts }: TrialSession): void {
  if (facts === undefined) throw new NotJoinable("its graph could not be read");
  const coupled = Object.keys(COUPLED).find((operator) => facts.operators.has(operator));
  if (coupled !== undefined) {
    throw new NotJoinable(`its operator ${coupled} ${COUPLED[coupled]}`);
  }
  for (const { name, shape, dtype } of inputs) {
    if (shape === undefined) throw new NotJoinable(`its input "${name}" declares no shape`);
    if (dtype === undefined) throw new NotJoinable(`its input "${name}" is of an unknown type`);
  }
}

/** @throws NotJoinable with the reason of the first candidate, where none is confirmed */
async function firstConfirmed(prober: Prober, candidates: readonly TensorAxes[]): Promise<Verdict> {
  let failure: NotJoinable | undefined;
  for (const candidate of candidates) {
    try {
      const output = await confirm(prober, candidate);
      const reason = "a trial at the start answered joined calls as it answered each alone";
      return { rowAxes: { input: candidate, output }, reason };
    } catch (error) {
      if (!(error instanceof NotJoinable)) throw error;
      failure ??= error;
    }
  }
  throw failure ?? new NotJoinable("it could not be tried");
}

/**
 * Confirms that calls can be joined along some axes of the inputs: with several sets of values, and
 * with two lengths of other open axes where there are some.
 *
 * @returns the axes of the outputs
 * @throws NotJoinable
 */
async function confirm(prober: Prober, rowAxes: TensorAxes): Promise<TensorAxes> {
  requireSmall(prober, rowAxes);
  await requireOneRowCount(prober, rowAxes);
  const first = await firstAnswered(prober, rowAxes);
  await requireJoinable(prober, rowAxes, first);
  await tryMany(prober, rowAxes, first);
  for (const next of [switched, varied]) {
    for (const other of await next(prober, rowAxes, first)) {
      await requireJoinable(prober, rowAxes, other);
      if (JSON.stringify(other.output) === JSON.stringify(first.output)) continue;
      throw new NotJoinable("the axes of its outputs depend on its inputs");
    }
  }
  return first.output;
}

/** Checks that rows of calls are not as large as a batch: joining them would not pay either. */
function requireSmall({ session }: Prober, rowAxes: TensorAxes): void {
  const [shapes = {}] = plausibleShapes(session.inputs, rowAxes, 1);
  if (elementsOf(shapes) > MAX_MADE_UP) throw new NotJoinable("its inputs are too large to try");
}

/** Returns the first probes that the model accepts, and answers differently. */
async function firstAnswered(prober: Prober, rowAxes: TensorAxes): Promise<Answered> {
  let failure: unknown;
  let constant: string | undefined;
  for (const shapes of plausibleShapes(prober.session.inputs, rowAxes, 1)) {
    for (const range of rangesOf(prober)) {
      const setup = { shapes, range, seed: 1, shared: "random" } as const;
      const answered = await prober.answer(rowAxes, setup, (error) => {
        failure ??= error;
      });
      if (answered === undefined) continue;
      constant = constantOutput(answered);
      if (constant === undefined) return answered;
    }
  }
  if (constant !== undefined) {
    throw new NotJoinable(
      `its output "${constant}" is the same for all random inputs, which shows nothing`,
    );
  }
  throw new NotJoinable(`it failed on random inputs: ${reasonOf(messageOf(failure))}`);
}

/** Runs probes with other values of the inputs without rows, which may switch a mode. */
async function switched(
  prober: Prober,
  rowAxes: TensorAxes,
  { setup }: Answered,
): Promise<readonly Answered[]> {
  if (prober.session.inputs.every(({ name }) => rowAxes[name] !== undefined)) return [];
  const zeros = await prober.answer(rowAxes, { ...setup, shared: "zeros" });
  const ones = await prober.answer(rowAxes, { ...setup, shared: "ones" });
  return [zeros, ones].filter((answered) => answered !== undefined);
}

/** Runs probes with other random values, and other lengths of open axes if there are any. */
async function varied(
  prober: Prober,
  rowAxes: TensorAxes,
  { setup }: Answered,
): Promise<readonly Answered[]> {
  const key = JSON.stringify(setup.shapes);
  const others = [...plausibleShapes(prober.session.inputs, rowAxes, 1)]
    .filter((shapes) => JSON.stringify(shapes) !== key)
    .slice(0, MAX_OTHER_SHAPES);
  for (const shapes of [...others, setup.shapes]) {
    for (const range of [setup.range, ...rangesOf(prober)]) {
      const answered = await prober.answer(rowAxes, { ...setup, shapes, range, seed: 2 });
      if (answered !== undefined && constantOutput(answered) === undefined) return [answered];
    }
  }
  return [];
}

/** Whole numbers are tried in several ranges; without them there is only one. */
function rangesOf({ session }: Prober): readonly Range[] {
  const isWhole = session.inputs.some(({ dtype }) => !/^float|bool/.test(dtype ?? ""));
  return isWhole ? RANGES : RANGES.slice(0, 1);
}

/** Returns an output with rows that is the same for all calls: a trial shows nothing of it. */
function constantOutput({ answers, output }: Answered): string | undefined {
  return Object.keys(output).find(
    (name) => !varies(answers.flatMap((answer) => answer[name] ?? [])),
  );
}

async function requireJoinable(
  prober: Prober,
  rowAxes: TensorAxes,
  answered: Answered,
): Promise<void> {
  for (const places of JOINS) await prober.requireSame(rowAxes, answered, places);
}

/** Joins as many calls as a large batch may have, unless that would take too long. */
async function tryMany(prober: Prober, rowAxes: TensorAxes, answered: Answered): Promise<void> {
  const { probes } = answered;
  const rows = probes.reduce((sum, probe) => sum + probe.rows, 0);
  const times = Math.ceil(MANY_ROWS / rows);
  if (prober.expectedMs(rows * times) > MANY_ROWS_MS) return;
  const inputs = probes.flatMap((probe) => Object.values(probe.inputs));
  const size = inputs.reduce((sum, { data }) => sum + data.length, 0);
  if (size * times > MANY_ROWS_ELEMENTS) return;
  const places = new Array(times).fill(probes.map((_, at) => at)).flat();
  await prober.requireSame(rowAxes, answered, places);
}

/** Checks that inputs must have equally many rows: otherwise their rows do not belong together. */
async function requireOneRowCount(prober: Prober, rowAxes: TensorAxes): Promise<void> {
  const [one, ...others] = Object.keys(rowAxes);
  if (one === undefined || others.length === 0) return;
  const specs = prober.session.inputs;
  const setup = { range: BINARY, seed: 1, shared: "random" } as const;
  for (const shapes of plausibleShapes(specs, rowAxes, 2)) {
    for (const other of others) {
      const unequal = (shapes[other] ?? []).with(rowAxes[other] ?? 0, 3);
      const named = { ...shapes, [other]: unequal };
      const [probe] = probesOf({ specs, rowAxes: {}, shapes: named, ...setup });
      if (probe === undefined || !(await isTaken(prober, probe.inputs))) continue;
      throw new NotJoinable(`its inputs "${one}" and "${other}" may differ in rows`);
    }
  }
}

async function isTaken(prober: Prober, inputs: Parameters<Prober["run"]>[0]): Promise<boolean> {
  try {
    await prober.run(inputs, 3);
    return true;
  } catch (error) {
    if (error instanceof NotJoinable) throw error;
    return false;
  }
}
