/** Lab: servers and flows of calls for the cells of a live benchmark. */
import type { BatchOptions } from "../../../src/runner/batching/batch-options.ts";
import type { RuntimeName } from "../runtimes.ts";
import { type CostCurve, capacityOf } from "./cost-curve.ts";
import { type Figures, figuresOf, rateOf } from "./figures.ts";
import type { Flow, FlowResults } from "./flow.ts";
import { LiveClient, LiveServer } from "./processes.ts";
import type { ServerSettings } from "./server.ts";

/** The settings of a benchmark. */
export interface LabSettings {
  readonly cost: CostCurve;
  readonly smallCost: CostCurve;
  readonly maxBatchSize: number;
  readonly spread: number;
  readonly busy: boolean;
  readonly runtime: RuntimeName;
  readonly seconds: number;
  readonly workers: number;
}

/** The settings of a server that differ from those of the benchmark. */
type Different = Omit<Partial<ServerSettings>, "params">;

export class Lab implements AsyncDisposable {
  readonly settings: LabSettings;
  readonly client = new LiveClient();
  /** Changes with each run. */
  seed = 1;
  /** The rows per second of all workers, measured; before that, computed. */
  capacity: number;

  constructor(settings: LabSettings) {
    this.settings = settings;
    this.capacity = this.computedCapacity;
  }

  get computedCapacity(): number {
    const { cost, maxBatchSize, workers } = this.settings;
    return workers * capacityOf(cost, maxBatchSize);
  }

  /** Starts a server, and warms it up by calls at a low rate. */
  async open(batch: BatchOptions, different: Different = {}): Promise<LiveServer> {
    const { cost, smallCost, spread, busy, maxBatchSize, workers, runtime } = this.settings;
    const params = { cost, smallCost, spread, busy };
    const server = await LiveServer.open(
      { params, workers, batch: { maxBatchSize, ...batch }, ...different },
      runtime,
    );
    const perSecond = Math.min(200, 0.4 * this.capacity);
    await this.run(server, [this.flow("warm", { perSecond, seconds: 1.5 })]);
    return server;
  }

  /** A flow of calls of one row, for the length of a cell. */
  flow(name: string, different: Partial<Flow> = {}): Flow {
    const { seconds } = this.settings;
    return { name, path: "/call", body: "1", seconds, seed: this.seed, ...different };
  }

  async run(
    server: LiveServer,
    flows: readonly Flow[],
    options: Parameters<LiveClient["run"]>[2] = {},
  ): Promise<FlowResults> {
    return await this.client.run(server.port, flows, options);
  }

  /** Returns the figures of a flow. */
  figures(
    results: FlowResults,
    { name, seconds }: Flow,
    deadlineMs: number,
    capacity = this.capacity,
  ): Figures {
    return figuresOf(results.ended[name] ?? [], { deadlineMs, seconds, capacity });
  }

  /** Returns the rows that have been computed, once the last counts have arrived. */
  async computed(server: LiveServer): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return await server.computed();
  }

  /** Measures the capacity, by callers for several full batches a worker. */
  async measureCapacity(batch: BatchOptions = {}): Promise<number> {
    await using server = await this.open(batch);
    const { maxBatchSize, workers } = this.settings;
    const callers = Math.min(500, 3 * maxBatchSize * workers);
    const results = await this.run(server, [this.flow("closed", { callers, seconds: 3 })]);
    return rateOf(results.ended["closed"] ?? [], 500, 3000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }
}
