/** A runnable that reports how its calls were joined. */
import { runnable, type Tensor, tensor } from "ekiben/runnable";

export default runnable(import.meta.url, ({ metrics }) => {
  const seen = metrics.counter("rows_seen_total", { help: "Rows that the runnable has seen" });
  return {
    batched: {
      /**
       * Rows [n, 2] of a value and a time in milliseconds, the longest of which the batch takes.
       * Returns rows [n, 2] of twice the value and the number of rows in the batch.
       */
      async double({ shape: [count = 0], data }: Tensor<"float32">) {
        seen.inc(count);
        const values = Array.from({ length: count }, (_, row) => data[2 * row] ?? 0);
        const holdMs = Math.max(
          ...Array.from({ length: count }, (_, row) => data[2 * row + 1] ?? 0),
        );
        if (holdMs > 0) await new Promise((resolve) => setTimeout(resolve, holdMs));
        if (values.includes(-1)) throw new RangeError("The value -1 is refused");
        return tensor(
          "float32",
          [count, 2],
          Float32Array.from(values.flatMap((value) => [2 * value, count])),
        );
      },
    },
    methods: {
      /** Computes for some time without a pause. */
      compute(ms: number) {
        const endAt = performance.now() + ms;
        let sum = 0;
        while (performance.now() < endAt) sum += Math.sqrt(sum + 1);
        return sum > 0;
      },
    },
  };
});
