/**
 * ModelTrials: the trials of one version of a model before it is loaded, of its backends and of its
 * batching, whose verdicts are kept for the next start.
 * @module
 */

import { files } from "#files";
import type { Host } from "../host/host.ts";
import type { BackendVerdict } from "../onnx/comparison/backends.ts";
import type { Verdict } from "../onnx/trial/trial.ts";
import { chooseBackend, type VerdictStore } from "./backend-choice.ts";

/** How models are tried. */
export interface TrialOptions {
  /** Keeps the verdicts. Default: each start makes the trials again. */
  readonly store?: VerdictStore;
  /** True if a GPU is tried as well. Default false. */
  readonly triesWebGpu?: boolean;
}

/** The trials of one version. */
export class ModelTrials {
  readonly #url: URL;
  readonly #host: Host;
  readonly #options: TrialOptions;
  /** Names the model in the store; undefined if it cannot be read. */
  readonly #key: Promise<string | undefined>;

  constructor(url: URL, host: Host, options: TrialOptions) {
    this.#url = url;
    this.#host = host;
    this.#options = options;
    this.#key = options.store === undefined ? Promise.resolve(undefined) : hashOf(url);
  }

  /** Chooses the backend. Returns undefined if there is no choice. */
  async backend(threads: number): Promise<BackendVerdict | undefined> {
    const { store, triesWebGpu = false } = this.#options;
    const key = await this.#key;
    const kept = store === undefined || key === undefined ? undefined : { store, key };
    return await chooseBackend({ url: this.#url, threads, host: this.#host, triesWebGpu, kept });
  }

  /** Returns the verdict of an earlier trial of batching, if there was one. */
  async batching(): Promise<Verdict | undefined> {
    const key = await this.#key;
    const found = key === undefined ? undefined : await this.#options.store?.read(batchingOf(key));
    return isVerdict(found) ? found : undefined;
  }

  /** Keeps the verdict of a trial of batching. */
  async keepBatching({ reason, rowAxes }: Verdict): Promise<void> {
    const key = await this.#key;
    if (key !== undefined) await this.#options.store?.write(batchingOf(key), { reason, rowAxes });
  }
}

function batchingOf(key: string): string {
  return `batching ${key}`;
}

async function hashOf(url: URL): Promise<string | undefined> {
  if (files === undefined || url.protocol !== "file:") return undefined;
  try {
    return await files.sha256Of(files.pathOf(url));
  } catch {
    return undefined; // the start of the model reports why
  }
}

function isVerdict(value: unknown): value is Verdict {
  if (typeof value !== "object" || value === null) return false;
  const { reason, rowAxes } = value as Partial<Verdict>;
  if (typeof reason !== "string") return false;
  return rowAxes === undefined || [rowAxes.input, rowAxes.output].every(isAxes);
}

function isAxes(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every((axis) => Number.isSafeInteger(axis) && Number(axis) >= 0);
}
