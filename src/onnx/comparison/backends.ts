/**
 * BackendTrial: runs one model on several backends, to find the fastest of those that agree.
 * @module
 */

import type { Clock } from "../../clock.ts";
import { messageOf } from "../../error.ts";
import { seededRandom } from "../../random.ts";
import type { Backend, BackendName, BackendSession, OpenOptions } from "../backend.ts";
import type { ModelFile } from "../model-file.ts";
import { reasonOf } from "../run-error.ts";
import { elementsOf } from "../shapes.ts";
import { type InputOptions, type Inputs, inputsOf } from "../trial/probes.ts";
import { compare, firstInputs } from "./agreement.ts";
import { fastestMs } from "./fastest.ts";

/** The result of one backend in a trial. */
export interface BackendFigures {
  readonly backend: BackendName;
  /** The milliseconds of its fastest run, by the rows of the batch. Empty if none was measured. */
  readonly msByRows: Readonly<Record<number, number>>;
  /** The reason why it cannot be used, which ends a sentence; undefined if it can. */
  readonly refused?: string;
  /** The reason why its answers were not compared; undefined if they agreed. */
  readonly notCompared?: string;
}

/** The rows of the batches that are timed. */
const ROWS: readonly number[] = [1, 4, 16];
/** The most elements of a batch that is timed. */
const MAX_ELEMENTS = 2 ** 25;
/** The time for one batch size of a backend, and the longest run of the next size. */
const TIMING_MS = 250;
const MAX_EXPECTED_MS = 2_000;

/** The parts of a trial. */
export interface BackendTrialOptions {
  readonly model: ModelFile;
  readonly options: OpenOptions;
  readonly clock: Clock;
}

/** A trial of one model. The first backend is the reference with which the others are compared. */
export class BackendTrial {
  readonly #trial: BackendTrialOptions;
  #reference: BackendSession | undefined;
  /** Inputs that the model takes, by their rows. */
  #batches: ReadonlyMap<number, Inputs> | undefined;

  constructor(trial: BackendTrialOptions) {
    this.#trial = trial;
  }

  /** Opens the model on the reference, and times it. */
  async reference(backend: Backend): Promise<BackendFigures> {
    const session = await this.#open(backend);
    if (typeof session === "string") return refusal(backend, session);
    this.#reference = session;
    return await this.#first(backend, session);
  }

  /** Opens the model on another backend, compares its answers, and times it. */
  async candidate(backend: Backend): Promise<BackendFigures> {
    const session = await this.#open(backend);
    if (typeof session === "string") return refusal(backend, session);
    try {
      return await this.#compared(backend, session);
    } finally {
      await session.close();
    }
  }

  async #compared(backend: Backend, session: BackendSession): Promise<BackendFigures> {
    const { model, clock } = this.#trial;
    if (this.#reference === undefined) {
      const notCompared = "no other backend can open the model";
      return { ...(await this.#first(backend, session)), notCompared };
    }
    const agreement = await compare(session, this.#reference, model.facts, clock);
    if (agreement.kind === "differs") return refusal(backend, agreement.reason);
    if (agreement.kind === "agrees") return await this.#timed(backend, session);
    return { backend: backend.name, msByRows: {}, notCompared: agreement.reason };
  }

  /** Finds inputs for all batches, and times the first backend that can open the model. */
  async #first(backend: Backend, session: BackendSession): Promise<BackendFigures> {
    const found = await firstInputs(session, this.#trial.clock);
    if (typeof found === "string") {
      return { backend: backend.name, msByRows: {}, notCompared: found };
    }
    this.#batches = batchesOf(found.inputs, found.settings);
    return await this.#timed(backend, session);
  }

  async #open(backend: Backend): Promise<BackendSession | string> {
    try {
      return await backend.open(this.#trial.model, this.#trial.options);
    } catch (error) {
      return `it cannot open the model: ${reasonOf(messageOf(error))}`;
    }
  }

  async #timed(backend: Backend, session: BackendSession): Promise<BackendFigures> {
    const msByRows: Record<number, number> = {};
    let last: { readonly rows: number; readonly ms: number } | undefined;
    for (const [rows, inputs] of this.#batches ?? []) {
      if (last !== undefined && (last.ms * rows) / last.rows > MAX_EXPECTED_MS) break;
      try {
        const ms = await fastestMs(session, inputs, this.#trial.clock, TIMING_MS);
        msByRows[rows] = Math.round(ms * 1_000) / 1_000;
        last = { rows, ms };
      } catch (error) {
        return refusal(backend, `its speed could not be measured: ${reasonOf(messageOf(error))}`);
      }
    }
    return { backend: backend.name, msByRows };
  }

  /** Closes the session of the reference. */
  async close(): Promise<void> {
    await this.#reference?.close();
    this.#reference = undefined;
  }
}

function refusal({ name: backend }: Backend, refused: string): BackendFigures {
  return { backend, msByRows: {}, refused };
}

/** Returns inputs of several batch sizes, or of one row for a model without rows. */
function batchesOf(one: Inputs, settings: InputOptions): ReadonlyMap<number, Inputs> {
  if (Object.keys(settings.rowAxes).length === 0) return new Map([[1, one]]);
  const elements = elementsOf(settings.shapes);
  return new Map(
    ROWS.filter((rows) => rows === 1 || rows * elements <= MAX_ELEMENTS).map((rows) => {
      const pattern = { scales: new Array<number>(rows).fill(1) };
      return [rows, inputsOf(pattern, settings, seededRandom(1))] as const;
    }),
  );
}

/** The choice of a backend, and the figures that it was made by. */
export interface BackendVerdict {
  readonly backend: BackendName;
  /** The reason, which ends a sentence. */
  readonly reason: string;
  readonly figures: readonly BackendFigures[];
}

/**
 * Chooses the backend with the least time a row, over the batch sizes that all were timed with.
 *
 * @param figures those of the reference first, which wins a tie
 * @returns undefined if no backend can be used
 */
export function fastestBackend(figures: readonly BackendFigures[]): BackendVerdict | undefined {
  const usable = figures.filter(({ refused }) => refused === undefined);
  const refused = figures.flatMap(({ backend, refused: why }) =>
    why === undefined ? [] : [`${backend} is not used: ${why}`],
  );
  const [first] = usable;
  if (first === undefined) return undefined;
  const timed = usable.filter(({ msByRows }) => Object.keys(msByRows).length > 0);
  const sizes = ROWS.filter((rows) => timed.every(({ msByRows }) => msByRows[rows] !== undefined));
  const msARow = ({ msByRows }: BackendFigures): number =>
    sizes.reduce((sum, rows) => sum + (msByRows[rows] ?? 0) / rows, 0);
  if (timed.length < 2) {
    // The answers of a backend that could not be compared are not known to be wrong.
    const last = timed[0] ?? usable.at(-1) ?? first;
    const why = last.notCompared ?? (usable.length > 1 ? "the others were not timed" : "");
    return { backend: last.backend, reason: [why, ...refused].filter(Boolean).join("; "), figures };
  }
  const fastest = timed.reduce((best, each) => (msARow(each) < msARow(best) ? each : best));
  const times = timed.map(
    ({ backend, msByRows }) => `${backend} ${sizes.map((rows) => msByRows[rows]).join(", ")} ms`,
  );
  const batches = sizes.length === 1 ? "a run" : `runs of ${sizes.join(", ")} rows`;
  const reason = [`${batches} took ${times.join(" and ")}`, ...refused].join("; ");
  return { backend: fastest.backend, reason, figures };
}
