/** Models that answer their inputs, wait, or fail; and the leases and loads that were made. */
import { invalidArgument, ServiceError } from "../../../src/error.ts";
import { datatypeOf } from "../../../src/oip/datatypes.ts";
import type { CallOptions } from "../../../src/runner/call-options.ts";
import type { ModelStatistics } from "../../../src/service/model-statistics.ts";
import {
  type LoadParameters,
  type ModelControl,
  type ModelUse,
  type NamedTensors,
  type ServedModel,
  unknownModel,
} from "../../../src/service/models.ts";
import type { ServiceModels } from "../../../src/service/service-runner.ts";
import { DTYPES, type TensorSpec } from "../../../src/tensor.ts";

type Run = (inputs: NamedTensors, call?: CallOptions) => Promise<NamedTensors>;

const spec = (name: string, dtype: TensorSpec["dtype"], shape?: TensorSpec["shape"]) => ({
  name,
  dtype,
  shape,
});

const none = { count: 0, ns: 0 };
const compute = {
  computeInput: { count: 5, ns: 50 },
  computeInfer: { count: 5, ns: 500 },
  computeOutput: { count: 5, ns: 5 },
};

/** The statistics of every model. */
export const STATISTICS: ModelStatistics = {
  lastInference: 1_700_000_000_000,
  inferenceCount: 7,
  executionCount: 5,
  calls: {
    ...compute,
    success: { count: 6, ns: 2 ** 40 },
    fail: { count: 1, ns: 1 },
    queue: none,
    cacheHit: none,
    cacheMiss: none,
  },
  batches: [{ batchSize: 2, ...compute }],
};

/** A model. */
function modelOf(name: string, tensors: readonly TensorSpec[], run: Run): ServedModel {
  return {
    name,
    version: "3",
    platform: "ekiben",
    inputs: tensors,
    outputs: tensors,
    rowAxes: undefined,
    maxBatchSize: 0,
    digest: "sha256:00",
    classLabels: {},
    properties: { backend: "none" },
    ready: name !== "broken",
    whyNotReady: name === "broken" ? "it is broken" : undefined,
    statistics: STATISTICS,
    run,
  };
}

const x = [spec("x", "float32", [""])];

/** The models. Those by the name of a datatype have one tensor `x` of it, of any shape. */
export class EchoModels implements ServiceModels {
  readonly name = "models";
  readonly runners = [];
  readonly whyNotReady = undefined;
  /** The calls that hold a model now. */
  leases = 0;
  /** The calls of `waits`, each until it is resolved. */
  readonly waiting: PromiseWithResolvers<void>[] = [];
  /** What was loaded and unloaded. */
  readonly loads: (readonly [string, LoadParameters | undefined])[] = [];
  readonly unloads: string[] = [];
  control: ModelControl | undefined = {
    load: async (name, parameters) => {
      this.find(name);
      this.loads.push([name, parameters]);
    },
    unload: async (name) => void this.unloads.push(name),
  };
  #ready = true;
  #listeners: (() => void)[] = [];
  readonly #models = new Map<string, ServedModel>();

  constructor() {
    const add = (name: string, tensors: readonly TensorSpec[], run: Run): void =>
      void this.#models.set(name, modelOf(name, tensors, run));
    const echo: Run = async (inputs) => inputs;
    for (const dtype of DTYPES) add(datatypeOf(dtype), [spec("x", dtype)], echo);
    add("pair", [spec("a", "float32", ["", 2]), spec("b", "int64", [""])], echo);
    add(
      "odd names",
      ["__proto__", "a/b:0", "größe ☃"].map((name) => spec(name, "uint8", [1])),
      echo,
    );
    add("waits", x, async (inputs, call) => {
      const wait = Promise.withResolvers<void>();
      this.waiting.push(wait);
      const abort = (): void => wait.reject(call?.signal?.reason);
      if (call?.signal?.aborted === true) abort();
      call?.signal?.addEventListener("abort", abort);
      await wait.promise;
      return inputs;
    });
    add("crashes", x, () => Promise.reject(new TypeError("a secret")));
    add("refuses", x, () => Promise.reject(invalidArgument("x is odd")));
    add("busy", x, () => Promise.reject(new ServiceError("unavailable", "too many calls")));
    add("broken", x, echo);
  }

  get ready(): boolean {
    return this.#ready;
  }

  set ready(ready: boolean) {
    this.#ready = ready;
    for (const listener of this.#listeners) listener();
  }

  onReadyChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async start(): Promise<void> {}
  async close(): Promise<void> {}

  get names(): readonly string[] {
    return [...this.#models.keys()];
  }

  versionsOf(name: string): readonly string[] {
    return [this.find(name).version];
  }

  find(name: string, version?: string): ServedModel {
    const model = this.#models.get(name);
    if (model === undefined || (version ?? "3") !== "3") throw unknownModel(name, version);
    return model;
  }

  /** Records the models whose tensors are to be known. */
  readonly prepared: string[] = [];

  async prepare(name: string): Promise<void> {
    this.find(name);
    this.prepared.push(name);
  }

  use(name: string, version: string | undefined): ModelUse {
    const model = this.find(name, version);
    this.leases += 1;
    return {
      model,
      [Symbol.dispose]: () => {
        this.leases -= 1;
      },
    };
  }

  index() {
    const models = [...this.#models.values()];
    return models.map(({ name, version, ready }) => ({
      name,
      version,
      state: ready ? ("READY" as const) : ("UNAVAILABLE" as const),
      reason: ready ? "" : "it is broken",
    }));
  }
}
