/**
 * Trial: finds out whether calls of a model can be joined into batches. Several calls run alone and
 * joined, and every row of every answer must be the same. Names and shapes do not tell: an open
 * first axis may be time, points of one cloud, or rows of a batch.
 * @module
 */

import { messageOf } from "../../error.ts";
import { concat, type Tensor } from "../../tensor.ts";
import type { TensorSpec } from "../backend.ts";
import { reasonOf } from "../run-error.ts";
import { plausibleShapes, type Shapes } from "../shapes.ts";
import { candidateAxes, type RowAxes, type TensorAxes } from "./candidates.ts";
import { isSame, varies } from "./compare.ts";
import { outputAxes, partsOf } from "./outputs.ts";
import { type Inputs, JOINS, type Probe, probesOf, RANGES, type Range } from "./probes.ts";

/** The part of a session that is tried. */
export interface TrialSession {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly operators: ReadonlySet<string>;
  run(inputs: Inputs): Promise<Record<string, Tensor>>;
}

/** What a trial has found. */
export interface Verdict {
  /** The axes that hold the rows, where calls can be joined. */
  readonly rowAxes: RowAxes | undefined;
  /** Why they can or cannot, in a few words. */
  readonly reason: string;
}

/** The bounds of a trial. */
export interface TrialOptions {
  /** Default 8,000. */
  readonly limitMs?: number;
  readonly now?: () => number;
}

const LIMIT_MS = 8_000;
/** A batch of this many rows is tried too, unless it takes longer than this. */
const MANY_ROWS = 100;
const MANY_ROWS_MS = 1_000;

/** Operators whose answer for a row depends on the others, or on chance, whatever a trial shows. */
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
  If: "decides once for all rows",
  Loop: "repeats as often for all rows",
};

/** A reason why calls are not joined. */
class NotJoinable extends Error {}

/** Tries whether calls of a model can be joined. */
export async function tryBatching(
  session: TrialSession,
  { limitMs = LIMIT_MS, now = () => performance.now() }: TrialOptions = {},
): Promise<Verdict> {
  try {
    requireTryable(session);
    const trial = new Trial(session, now() + limitMs, now, limitMs);
    const candidates = candidateAxes(session.inputs);
    if (candidates.length === 0) throw new NotJoinable("no axis of its inputs is open");
    let failure: NotJoinable | undefined;
    for (const candidate of candidates) {
      try {
        const output = await trial.confirm(candidate);
        const reason = "a trial at the start answered joined calls as it answered each alone";
        return { rowAxes: { input: candidate, output }, reason };
      } catch (error) {
        if (!(error instanceof NotJoinable)) throw error;
        failure ??= error;
      }
    }
    throw failure ?? new NotJoinable("it could not be tried");
  } catch (error) {
    if (!(error instanceof NotJoinable)) throw error;
    return { rowAxes: undefined, reason: error.message };
  }
}

function requireTryable({ inputs, operators }: TrialSession): void {
  const coupled = Object.keys(COUPLED).find((operator) => operators.has(operator));
  if (coupled !== undefined) {
    throw new NotJoinable(`its operator ${coupled} ${COUPLED[coupled]}`);
  }
  if (operators.size === 0) throw new NotJoinable("its operators could not be read");
  for (const { name, shape, dtype } of inputs) {
    if (shape === undefined) throw new NotJoinable(`its input "${name}" declares no shape`);
    if (dtype === undefined) throw new NotJoinable(`its input "${name}" is of an unknown type`);
  }
}

/** Probes with their answers, and where the rows are. */
interface Answered {
  readonly shapes: Shapes;
  readonly range: Range;
  readonly probes: readonly Probe[];
  readonly answers: readonly Record<string, Tensor>[];
  readonly output: TensorAxes;
}

class Trial {
  readonly #session: TrialSession;
  readonly #endAt: number;
  readonly #now: () => number;
  readonly #limitMs: number;
  /** The slowest run so far, for one row. */
  #msPerRow = 0;

  constructor(session: TrialSession, endAt: number, now: () => number, limitMs: number) {
    this.#session = session;
    this.#endAt = endAt;
    this.#now = now;
    this.#limitMs = limitMs;
  }

  /**
   * Confirms that calls can be joined along some axes of the inputs: with two different sets of
   * values, and with two different lengths of other open axes where there are some.
   *
   * @returns the axes of the outputs
   * @throws NotJoinable
   */
  async confirm(rowAxes: TensorAxes): Promise<TensorAxes> {
    await this.#requireOneRowCount(rowAxes);
    const first = await this.#firstAnswered(rowAxes);
    await this.#requireJoinable(rowAxes, first);
    await this.#tryMany(rowAxes, first);
    const second = await this.#otherAnswered(rowAxes, first);
    if (second !== undefined) await this.#requireJoinable(rowAxes, second);
    return first.output;
  }

  /** The first probes that the model takes, and answers differently. */
  async #firstAnswered(rowAxes: TensorAxes): Promise<Answered> {
    let failure: unknown;
    let isConstant = false;
    for (const shapes of plausibleShapes(this.#session.inputs, rowAxes, 1)) {
      for (const range of this.#ranges()) {
        const answered = await this.#answered(rowAxes, shapes, range, 1).catch((error: unknown) => {
          if (error instanceof NotJoinable) throw error;
          failure ??= error;
        });
        if (answered === undefined) continue;
        if (this.#isTelling(answered)) return answered;
        isConstant = true;
      }
    }
    if (isConstant) {
      throw new NotJoinable("its answers to random inputs are all the same, which shows nothing");
    }
    throw new NotJoinable(`it failed on random inputs: ${reasonOf(messageOf(failure))}`);
  }

  /** Other probes that the model takes: of other lengths and values if it has open ones. */
  async #otherAnswered(rowAxes: TensorAxes, first: Answered): Promise<Answered | undefined> {
    const key = JSON.stringify(first.shapes);
    const others = [...plausibleShapes(this.#session.inputs, rowAxes, 1)]
      .filter((shapes) => JSON.stringify(shapes) !== key)
      .slice(0, 8);
    for (const shapes of [...others, first.shapes]) {
      for (const range of [first.range, ...this.#ranges()]) {
        const answered = await this.#answered(rowAxes, shapes, range, 2).catch((error: unknown) => {
          if (error instanceof NotJoinable) throw error;
        });
        if (answered !== undefined && this.#isTelling(answered)) return answered;
      }
    }
    return undefined;
  }

  /** Whole numbers are tried in several ranges; without them there is only one. */
  #ranges(): readonly Range[] {
    const isWhole = this.#session.inputs.some(({ dtype }) => !/^float|bool/.test(dtype ?? ""));
    return isWhole ? RANGES : RANGES.slice(0, 1);
  }

  /** Answers probes alone. Throws what the model throws. */
  async #answered(
    rowAxes: TensorAxes,
    shapes: Shapes,
    range: Range,
    seed: number,
  ): Promise<Answered> {
    const probes = probesOf({ specs: this.#session.inputs, rowAxes, shapes, range, seed });
    const answers: Record<string, Tensor>[] = [];
    for (const { inputs, rows } of probes) answers.push(await this.#run(inputs, rows));
    const output = outputAxes(probes, answers);
    if (typeof output === "string") throw new NotJoinable(output);
    // The last probe equals the first.
    const [one, last] = [answers[0], answers.at(-1)];
    for (const [name, tensor] of Object.entries(one ?? {})) {
      if (last?.[name] !== undefined && isSame(tensor, last[name], output[name])) continue;
      throw new NotJoinable(`its output "${name}" differs between two equal calls`);
    }
    return { shapes, range, probes, answers, output };
  }

  /** Every output of fractions differs between calls, or, without one, any output does. */
  #isTelling({ answers, output }: Answered): boolean {
    const names = Object.keys(output);
    const different = names.filter((name) =>
      varies(answers.flatMap((answer) => answer[name] ?? [])),
    );
    const isFraction = (name: string): boolean => /^float/.test(answers[0]?.[name]?.dtype ?? "");
    const fractions = names.filter(isFraction);
    if (fractions.length === 0) return different.length > 0;
    return fractions.every((name) => different.includes(name));
  }

  async #requireJoinable(rowAxes: TensorAxes, answered: Answered): Promise<void> {
    for (const places of JOINS) await this.#requireSame(rowAxes, answered, places);
  }

  /** Joins as many calls as a large batch may have, unless that would take too long. */
  async #tryMany(rowAxes: TensorAxes, answered: Answered): Promise<void> {
    const once = answered.probes.map((_, at) => at);
    const rows = answered.probes.reduce((sum, probe) => sum + probe.rows, 0);
    const times = Math.ceil(MANY_ROWS / rows);
    if (this.#msPerRow * rows * times > MANY_ROWS_MS) return;
    await this.#requireSame(rowAxes, answered, new Array(times).fill(once).flat());
  }

  async #requireSame(
    rowAxes: TensorAxes,
    { probes, answers, output }: Answered,
    places: readonly number[],
  ): Promise<void> {
    const joined = places.flatMap((at) => probes[at] ?? []);
    const counts = joined.map(({ rows }) => rows);
    const results = await this.#run(
      joinInputs(joined, rowAxes),
      counts.reduce((sum, rows) => sum + rows, 0),
    ).catch((error: unknown) => {
      if (error instanceof NotJoinable) throw error;
      throw new NotJoinable(`it failed on joined calls: ${reasonOf(messageOf(error))}`);
    });
    for (const [name, result] of Object.entries(results)) {
      const parts = partsOf(result, counts, output[name]);
      if (parts === undefined) {
        throw new NotJoinable(`its output "${name}" has other rows than its inputs`);
      }
      for (const [nth, at] of places.entries()) {
        const [alone, part] = [answers[at]?.[name], parts[nth]];
        const { magnitude } = joined[nth] ?? {};
        if (magnitude === "extreme") continue;
        if (alone !== undefined && part !== undefined) {
          if (isSame(alone, part, output[name], magnitude === "large")) continue;
        }
        throw new NotJoinable(
          `a row of its output "${name}" depends on the other rows that it is joined with`,
        );
      }
    }
  }

  /** Inputs that the model also takes with different numbers of rows mean different things. */
  async #requireOneRowCount(rowAxes: TensorAxes): Promise<void> {
    const [one, ...others] = Object.keys(rowAxes);
    if (one === undefined || others.length === 0) return;
    const { inputs: specs } = this.#session;
    for (const shapes of plausibleShapes(specs, rowAxes, 2)) {
      for (const other of others) {
        const axis = rowAxes[other] ?? 0;
        const unequal = { ...shapes, [other]: (shapes[other] ?? []).with(axis, 3) };
        const [probe] = probesOf({
          specs,
          rowAxes: {},
          shapes: unequal,
          range: RANGES[2],
          seed: 1,
        });
        if (probe === undefined) continue;
        const runs = await this.#run(probe.inputs, 3).then(
          () => true,
          (error: unknown) => {
            if (error instanceof NotJoinable) throw error;
            return false;
          },
        );
        if (!runs) continue;
        throw new NotJoinable(`its inputs "${one}" and "${other}" may differ in rows`);
      }
    }
  }

  async #run(inputs: Inputs, rows: number): Promise<Record<string, Tensor>> {
    const startedAt = this.#now();
    if (startedAt + this.#msPerRow * rows > this.#endAt) throw this.#tooSlow();
    const answer = await this.#session.run(inputs);
    const perRow = (this.#now() - startedAt) / Math.max(1, rows);
    this.#msPerRow = this.#msPerRow === 0 ? perRow : Math.min(this.#msPerRow, perRow);
    return answer;
  }

  #tooSlow(): NotJoinable {
    const seconds = this.#limitMs / 1000;
    return new NotJoinable(
      `a trial would take more than ${seconds} s (${this.#msPerRow.toFixed(0)} ms a row)`,
    );
  }
}

function joinInputs(probes: readonly Probe[], rowAxes: TensorAxes): Inputs {
  return Object.fromEntries(
    Object.entries(probes[0]?.inputs ?? {}).map(([name, tensor]) => {
      const axis = rowAxes[name];
      if (axis === undefined) return [name, tensor];
      return [
        name,
        concat(
          probes.flatMap(({ inputs }) => inputs[name] ?? []),
          axis,
        ),
      ];
    }),
  );
}
