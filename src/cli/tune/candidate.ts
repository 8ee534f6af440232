/**
 * Candidate: the settings of a server that a search tries.
 * @module
 */

/** The settings of the runners of a server. */
export interface Candidate {
  readonly backend: string;
  readonly workers: number;
  /** The threads of ONNX Runtime in each worker. */
  readonly threads: number;
  /** The most rows in a batch; undefined for what the service says. */
  readonly maxBatchSize?: number;
}

/** The values to try of each setting. */
export interface Choices {
  readonly backends: readonly string[];
  readonly workers: readonly number[];
  readonly threads: readonly number[];
}

/** More threads than this for each core only compete for the cores. */
const MAX_THREADS_PER_CORE = 2;

/** Returns the candidates of all combinations that do not have far more threads than cores. */
export function candidatesOf({ backends, workers, threads }: Choices, cores: number): Candidate[] {
  return backends.flatMap((backend) =>
    workers.flatMap((each) =>
      threads
        .filter((number) => each * number <= Math.max(1, cores * MAX_THREADS_PER_CORE))
        .map((number) => ({ backend, workers: each, threads: number })),
    ),
  );
}

/** Returns numbers to try, from 1 to the number of cores. */
export function upToCores(cores: number): readonly number[] {
  return [...new Set([1, Math.max(1, Math.floor(cores / 2)), cores])];
}

/** Returns a candidate in words. */
export function nameOf({ backend, workers, threads, maxBatchSize }: Candidate): string {
  const batch = maxBatchSize === undefined ? "" : `, batches of ${maxBatchSize}`;
  const s = (count: number): string => (count === 1 ? "" : "s");
  return `${backend}, ${workers} worker${s(workers)}, ${threads} thread${s(threads)}${batch}`;
}
