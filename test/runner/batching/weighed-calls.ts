/** A batcher whose rows weigh as much as their numbers, on fake workers. */
import { type BatchOptions, batchSettings } from "../../../src/runner/batching/batch-options.ts";
import type { BatcherContext } from "../../../src/runner/batching/batcher-context.ts";
import type { Tensor } from "../../../src/tensor.ts";
import { type Bench, bench, settled } from "../fake-workers.ts";

/** Batches take 1 ms a unit, and `batchMs` each, as is known after a warm-up. */
export function weighed(
  options: BatchOptions = {},
  workers = 1,
  change: Partial<BatcherContext> = {},
  batchMs = 20,
): Bench {
  const weightOf = (row: unknown): number => (row as Tensor<"float32">).data[0] as number;
  const settings = { ...batchSettings(options), weightOf };
  const made = bench(options, workers, { settings, ...change });
  for (const units of [1, 10, 100, 1_000]) made.batcher.learn(units, units + batchMs);
  return made;
}

/** Ends one batch after the other, each in a millisecond, until no call waits. */
export async function endAll({ batcher, workers, clock, finish }: Bench): Promise<void> {
  await settled();
  while (workers.running.length > 0 || batcher.stats().queuedCalls > 0) {
    if (workers.running.length > 0) await finish(1);
    else clock.advance(1);
    await settled();
  }
}
