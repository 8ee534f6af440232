/**
 * Prober: runs probes on a model, alone and joined, within a time limit.
 * @module
 */

import { messageOf } from "../../error.ts";
import { concat, type Tensor, type TensorSpec } from "../../tensor.ts";
import { inputsBehind, type ModelFacts } from "../model-facts.ts";
import { reasonOf } from "../run-error.ts";
import type { TensorAxes } from "./candidates.ts";
import { isSame } from "./compare.ts";
import { outputAxes, partsOf } from "./outputs.ts";
import { type Inputs, type Probe, type ProbeOptions, probesOf } from "./probes.ts";

/** The part of a session that a trial needs. */
export interface TrialSession {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly facts: ModelFacts | undefined;
  run(inputs: Inputs): Promise<Record<string, Tensor>>;
}

/** The bounds of a trial. */
export interface TrialOptions {
  /** Default 8,000. */
  readonly limitMs?: number;
  readonly now?: () => number;
}

const LIMIT_MS = 8_000;

/** The reason why calls are not joined. */
export class NotJoinable extends Error {}

/** The settings of the probes. */
export type Setup = Pick<ProbeOptions, "shapes" | "range" | "seed" | "shared">;

/** Probes with their answers, and the axes of the rows. */
export interface Answered {
  readonly setup: Setup;
  readonly probes: readonly Probe[];
  readonly answers: readonly Record<string, Tensor>[];
  readonly output: TensorAxes;
}

/** Runs the probes of one model. */
export class Prober {
  readonly session: TrialSession;
  readonly #limitMs: number;
  readonly #now: () => number;
  readonly #endAt: number;
  /** The time per row of the fastest run so far. */
  #msPerRow = 0;

  constructor(
    session: TrialSession,
    { limitMs = LIMIT_MS, now = () => performance.now() }: TrialOptions,
  ) {
    this.session = session;
    this.#limitMs = limitMs;
    this.#now = now;
    this.#endAt = now() + limitMs;
  }

  /** Returns the expected time of a run of `rows` rows. */
  expectedMs(rows: number): number {
    return this.#msPerRow * rows;
  }

  /**
   * Runs probes one by one.
   *
   * @param refused receives the error of a model that does not accept them
   * @returns `undefined` if the model does not accept them
   * @throws NotJoinable if the answers already show that calls cannot be joined
   */
  async answer(
    rowAxes: TensorAxes,
    setup: Setup,
    refused: (error: unknown) => void = () => {},
  ): Promise<Answered | undefined> {
    const probes = probesOf({ specs: this.session.inputs, rowAxes, ...setup });
    const answers: Record<string, Tensor>[] = [];
    try {
      for (const { inputs, rows } of probes) answers.push(await this.run(inputs, rows));
    } catch (error) {
      if (error instanceof NotJoinable) throw error;
      refused(error);
      return undefined;
    }
    const output = outputAxes(probes, answers);
    if (typeof output === "string") throw new NotJoinable(output);
    this.#requireIndependent(rowAxes, answers[0] ?? {}, output);
    // The last probe equals the first.
    for (const [name, tensor] of Object.entries(answers[0] ?? {})) {
      const again = answers.at(-1)?.[name];
      if (again !== undefined && isSame(tensor, again, output[name])) continue;
      throw new NotJoinable(`its output "${name}" differs between two equal calls`);
    }
    return { setup, probes, answers, output };
  }

  /**
   * Joins probes into one call, and compares its answer with the answers to each alone.
   *
   * @param places the indices of the probes, in order
   * @throws NotJoinable if a row differs
   */
  async requireSame(
    rowAxes: TensorAxes,
    { probes, answers, output }: Answered,
    places: readonly number[],
  ): Promise<void> {
    const joined = places.flatMap((at) => probes[at] ?? []);
    const counts = joined.map(({ rows }) => rows);
    const rows = counts.reduce((sum, count) => sum + count, 0);
    const results = await this.run(joinInputs(joined, rowAxes), rows).catch((error: unknown) => {
      if (error instanceof NotJoinable) throw error;
      throw new NotJoinable(`it failed on joined calls: ${reasonOf(messageOf(error))}`);
    });
    for (const [name, result] of Object.entries(results)) {
      const parts = partsOf(result, counts, output[name]);
      if (parts === undefined) {
        throw new NotJoinable(`its output "${name}" has other rows than its inputs`);
      }
      for (const [nth, at] of places.entries()) {
        const { magnitude } = joined[nth] ?? {};
        if (magnitude === "extreme") continue;
        const [alone, part] = [answers[at]?.[name], parts[nth]];
        if (alone !== undefined && part !== undefined) {
          if (isSame(alone, part, output[name], magnitude === "large")) continue;
        }
        throw new NotJoinable(
          `a row of its output "${name}" depends on the other rows that it is joined with`,
        );
      }
    }
  }

  /**
   * Runs a call, unless the time is over or would be by then.
   *
   * @throws NotJoinable if it is over or would be; any error of the model
   */
  async run(inputs: Inputs, rows: number): Promise<Record<string, Tensor>> {
    const startedAt = this.#now();
    const seconds = this.#limitMs / 1000;
    if (startedAt > this.#endAt) throw new NotJoinable(`a trial took more than ${seconds} s`);
    if (startedAt + this.expectedMs(rows) > this.#endAt) {
      const row = `${this.#msPerRow.toFixed(0)} ms a row`;
      throw new NotJoinable(`a trial would take more than ${seconds} s (${row})`);
    }
    const answer = await this.session.run(inputs);
    const perRow = (this.#now() - startedAt) / Math.max(1, rows);
    this.#msPerRow = this.#msPerRow === 0 ? perRow : Math.min(this.#msPerRow, perRow);
    return answer;
  }

  /**
   * Checks that no output without rows depends on inputs with rows: even if all answers are the
   * same here, the answers to other inputs may differ.
   */
  #requireIndependent(
    rowAxes: TensorAxes,
    answer: Readonly<Record<string, Tensor>>,
    output: TensorAxes,
  ): void {
    const { facts } = this.session;
    for (const name of Object.keys(answer)) {
      if (output[name] !== undefined || facts === undefined) continue;
      if (![...inputsBehind(facts, name)].some((input) => rowAxes[input] !== undefined)) continue;
      throw new NotJoinable(`its output "${name}" has other rows than its inputs`);
    }
  }
}

function joinInputs(probes: readonly Probe[], rowAxes: TensorAxes): Inputs {
  return Object.fromEntries(
    Object.entries(probes[0]?.inputs ?? {}).map(([name, tensor]) => {
      const axis = rowAxes[name];
      if (axis === undefined) return [name, tensor];
      const all = probes.flatMap(({ inputs }) => inputs[name] ?? []);
      return [name, concat(all, axis)];
    }),
  );
}
