/**
 * chooseBackend(): finds the fastest backend of a model, by a trial before it is loaded.
 * @module
 */

import { otherBackends } from "#onnx-builds";
import { messageOf } from "../error.ts";
import type { Host } from "../host/host.ts";
import { BACKENDS, type BackendName } from "../onnx/backend.ts";
import {
  type BackendFigures,
  type BackendVerdict,
  fastestBackend,
} from "../onnx/comparison/backends.ts";
import type { Runnable } from "../runnable.ts";
import { type Runner, runner } from "../runner/runner.ts";
import trial, { type BackendTrialMethods, type BackendTrialParams } from "./backend-trial.ts";

/** Keeps the verdicts of trials for the next start. */
export interface VerdictStore {
  /** Returns what was kept under a key; undefined for nothing that can be read. */
  read(key: string): Promise<unknown>;
  /** Keeps a value that JSON can carry. It never throws: the next start only takes longer. */
  write(key: string, value: unknown): Promise<void>;
}

/** The parts of a choice. */
export interface BackendChoiceOptions {
  /** The URL of the model. */
  readonly url: URL;
  /** The inference threads of each worker. */
  readonly threads: number;
  readonly host: Host;
  /** True to try a GPU too. */
  readonly triesWebGpu: boolean;
  /** The store, and the key of this model in it. */
  readonly kept?: { readonly store: VerdictStore; readonly key: string } | undefined;
}

/** The bounds of a trial, in milliseconds: of its start, and of one backend. */
const LOAD_MS = 60_000;
const CALL_MS = 60_000;

/**
 * Chooses the backend of a model by a trial, or by the verdict of an earlier one.
 *
 * @param runnable makes the trial. Tests give another one
 * @returns undefined if there is no choice: with one backend alone, or where no trial can be made
 */
export async function chooseBackend(
  options: BackendChoiceOptions,
  runnable: Runnable<BackendTrialMethods, BackendTrialParams> = trial,
): Promise<BackendVerdict | undefined> {
  const others = otherBackends(options.triesWebGpu);
  if (others.length === 0) return undefined;
  const { kept } = options;
  const key = [kept?.key, options.threads, "wasm", ...others].join(" ");
  const known = await kept?.store.read(key);
  if (isVerdict(known)) return known;
  const found = await tried(options, others, runnable);
  if (found?.isFinal === true) await kept?.store.write(key, found.verdict);
  return found?.verdict;
}

/** The verdict of a trial, and true if it holds for the next start too. */
interface Found {
  readonly verdict: BackendVerdict;
  readonly isFinal: boolean;
}

async function hasFiles(pool: Runner<BackendTrialMethods>): Promise<boolean> {
  return await pool.hasFiles(undefined).catch(() => true);
}

async function tried(
  { url, threads, host }: BackendChoiceOptions,
  others: readonly BackendName[],
  runnable: Runnable<BackendTrialMethods, BackendTrialParams>,
): Promise<Found | undefined> {
  // A process may end without ending this one.
  if (host.executors.process === undefined) return undefined;
  const params: BackendTrialParams = { url: url.href, threads };
  const pool = runner(runnable, {
    name: "backend-trial",
    isolation: "process",
    workers: 1,
    optional: true,
    callTimeoutMs: CALL_MS,
    loadTimeoutMs: LOAD_MS,
    ...(threads > 1 ? { threads } : {}),
    params,
  });
  try {
    await pool.start(host);
    const figures = [await measured("wasm", () => pool.reference(undefined))];
    for (const backend of others) {
      figures.push(await measured(backend, () => pool.candidate(backend)));
    }
    const verdict = fastestBackend(figures);
    if (verdict === undefined) return undefined;
    // The key does not have the weights in further files. A process may fail for lack of memory.
    const isFinal = !(await hasFiles(pool)) && figures.every(({ failed }) => failed !== true);
    return { verdict, isFinal };
  } catch {
    return undefined; // the start of the model reports what is wrong with it
  } finally {
    await pool.close();
  }
}

/** The figures of a backend, and true if its process failed. */
type Measured = BackendFigures & { readonly failed?: true };

/** Returns the figures of a backend, which may have ended its process. */
async function measured(
  backend: BackendName,
  measure: () => Promise<BackendFigures>,
): Promise<Measured> {
  try {
    return await measure();
  } catch (error) {
    const refused = `its process failed: ${messageOf(error)}`;
    return { backend, msByRows: {}, refused, failed: true };
  }
}

/** Returns true for a verdict as it was kept. */
function isVerdict(value: unknown): value is BackendVerdict {
  if (typeof value !== "object" || value === null) return false;
  const { backend, reason, figures } = value as Partial<BackendVerdict>;
  const names: readonly unknown[] = BACKENDS;
  return names.includes(backend) && typeof reason === "string" && Array.isArray(figures);
}
