/** A runnable whose batches take the time of a cost curve, or of single rows. */
import { seededRandom } from "../../../src/random.ts";
import type { Tensor } from "../../../src/tensor.ts";
import { type LoadContext, runnable } from "../../../src/worker/runnable.ts";
import { type CostCurve, costMs } from "./cost-curve.ts";

/** The parameters of the runnable. */
export interface CurveParams {
  readonly cost: CostCurve;
  /** The cost of the other method. */
  readonly smallCost: CostCurve;
  /** The standard deviation of a duration, as a share of it. */
  readonly spread: number;
  /** True to use the core, as inference does; false to block the thread without it. */
  readonly busy: boolean;
}

const still = new Int32Array(new SharedArrayBuffer(4));

const load = ({ params, metrics }: LoadContext<CurveParams>) => {
  const random = seededRandom(7);
  const computed = metrics.counter("bench_rows_total", {
    help: "Rows computed",
    labels: ["method"],
  });
  const take = (ms: number): void => {
    const spread = 1 + params.spread * Math.sqrt(-2 * Math.log(1 - random())) * gaussian();
    const end = performance.now() + ms * Math.max(0.1, spread);
    if (params.busy) while (performance.now() < end);
    else if (ms > 0) Atomics.wait(still, 0, 0, end - performance.now());
  };
  const gaussian = (): number => Math.cos(2 * Math.PI * random());
  /** Rows that cost what the heaviest of them does, as texts that are padded. */
  const padded = (rows: readonly number[]) => {
    take(costMs(params.cost, rows.length * Math.max(...rows)));
    return rows;
  };
  return {
    batched: {
      /** A row above 1 takes that many milliseconds more. */
      large: (rows: readonly number[]) => {
        computed.inc({ method: "large" }, rows.length);
        const more = rows.reduce((sum, row) => sum + (row > 1 ? row : 0), 0);
        take(costMs(params.cost, rows.length) + more);
        return rows;
      },
      small: (rows: readonly number[]) => {
        computed.inc({ method: "small" }, rows.length);
        take(costMs(params.smallCost, rows.length));
        return rows;
      },
      weighed: padded,
      counted: padded,
      shaped: (rows: Tensor<"float32">) => {
        computed.inc({ method: "shaped" }, rows.shape[0]);
        take(costMs(params.cost, rows.shape[0] ?? 1));
        return rows;
      },
    },
    methods: {
      plain: (row: number) => {
        computed.inc({ method: "plain" });
        take(costMs(params.cost, 1));
        return row;
      },
    },
  };
};

export default runnable(import.meta.url, load, { weight: { weighed: (row) => row } });
