/**
 * The server of the live benchmarks, a process of its own: serves a runnable with cost curves, as
 * its argument (JSON) says, and prints its port. It ends with its input.
 */
import process from "node:process";
import { api, json, runner, service, tensor } from "../../../src/index.ts";
import type { BatchOptions } from "../../../src/runner/batching/batch-options.ts";
import { serve } from "../../../src/serve.ts";
import { silenced } from "../../support/silenced.ts";
import curves, { type CurveParams } from "./curve-runnable.ts";

/** The settings of the server. */
export interface ServerSettings {
  readonly params: CurveParams;
  readonly workers: number;
  readonly batch: BatchOptions;
  /** True for a second runner of the same kind, with the API `other`. */
  readonly second?: boolean;
  /** The file to record the calls in. */
  readonly recordTrace?: string;
}

using _ = silenced();
const settings = JSON.parse(process.argv[2] ?? "") as ServerSettings;
const { params, workers, batch, recordTrace } = settings;
const make = (name: string) => runner(curves, { name, optional: true, params, workers, batch });
const [curve, second] = [make("curve"), make("second")];
const one = { input: json<number>(), output: json<number>() };
const many = { input: json<number[]>(), output: json<number>() };

const bench = service("live", {
  runners: settings.second ? [curve, second] : [curve],
  apis: {
    call: api(one, async (row, context) => (await curve.large([row], context))[0] ?? 0),
    small: api(one, async (row, context) => (await curve.small([row], context))[0] ?? 0),
    plain: api(one, async (row, context) => await curve.plain(row, context)),
    other: api(one, async (row, context) => (await second.large([row], context))[0] ?? 0),
    /** One call of many rows. */
    rows: api(many, async (rows, context) => (await curve.large(rows, context)).length),
    /** One row of a weight, which the runner knows or does not know. */
    weighed: api(one, async (row, context) => (await curve.weighed([row], context))[0] ?? 0),
    counted: api(one, async (row, context) => (await curve.counted([row], context))[0] ?? 0),
    /** One row of a width of its own. */
    shaped: api(one, async (width, context) => {
      const { shape } = await curve.shaped(tensor("float32", [1, width]), context);
      return shape[1] ?? 0;
    }),
    /** A number of calls at once, from within the process. */
    burst: api(one, async (count, context) => {
      const calls = Array.from({ length: count }, () => curve.large([1], context));
      const ends = await Promise.allSettled(calls);
      return ends.filter(({ status }) => status === "fulfilled").length;
    }),
  },
});

const server = await serve(bench, {
  ...{ port: 0, host: "127.0.0.1", grpcPort: false, signals: false },
  ...(recordTrace !== undefined && { recordTrace }),
});
console.log(server.port);
process.stdin.on("end", async () => {
  await server.close();
  process.exit();
});
process.stdin.resume();
