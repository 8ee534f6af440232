/** A runnable whose calls take a given time, for benchmarks. */
import { type LoadContext, runnable } from "../../src/worker/runnable.ts";

/** The cost of a batch: `a` milliseconds per row, and `b` for the batch. */
export interface Cost {
  readonly a: number;
  readonly b: number;
}

const still = new Int32Array(new SharedArrayBuffer(4));

export default runnable(import.meta.url, ({ params: { a, b } }: LoadContext<Cost>) => {
  /** Blocks the thread, like inference, but without using the core. */
  const wait = (rows: number): void => {
    const ms = a * rows + b;
    if (ms > 0) Atomics.wait(still, 0, 0, ms);
  };
  return {
    batched: {
      batched: (items: readonly number[]) => {
        wait(items.length);
        return items;
      },
    },
    methods: {
      plain: (item: number) => {
        wait(1);
        return item;
      },
    },
  };
});
