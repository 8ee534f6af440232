/** Calls that wait in the queue of a batcher, for the tests of QueuedCall. */
import { type Bench, rows, settled } from "../fake-workers.ts";

/** Whole numbers from `from` up. */
export const range = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, at) => from + at);

/** Calls of so many rows each, of numbers that go on from one call to the next. */
export function callEach({ batcher }: Bench, ...sizes: number[]): Promise<unknown>[] {
  let from = 0;
  return sizes.map((size) => {
    from += size;
    return batcher.call(rows(...range(size, from - size)));
  });
}

/** Ends one batch after the other until none is left. */
export async function finishAll({ workers, finish }: Bench): Promise<void> {
  await settled();
  while (workers.running.length > 0) await finish();
}
