/**
 * RunnerModels: the batched methods of a service's runners as models, where their tensors are
 * known.
 * @module
 */

import type { CallOptions } from "../runner/call-options.ts";
import { isTensor, type TensorSpec } from "../tensor.ts";
import type { MethodSpecs, TensorSpecs } from "../worker/method-specs.ts";
import type { SpecsByName } from "../worker/protocol.ts";
import { counted } from "./counted-call.ts";
import { StatisticsCounter } from "./model-statistics.ts";
import {
  type ModelIndexEntry,
  type Models,
  type ModelUse,
  type NamedTensors,
  type RowAxesByName,
  type ServedModel,
  unknownModel,
} from "./models.ts";
import type { ServiceRunner } from "./service-runner.ts";

/** The only version of a model of code. */
const VERSION = "1";

/** The models of the runners of a service. A runner with one batched method has the name of it. */
export class RunnerModels implements Models {
  readonly control = undefined;
  readonly #runners: readonly ServiceRunner[];
  /** The models of each start of a runner, which has specs of its own. */
  readonly #started = new WeakMap<SpecsByName, readonly MethodModel[]>();
  /** The statistics by the names of the models, which go on when a runner starts again. */
  readonly #statistics = new Map<string, StatisticsCounter>();

  constructor(runners: readonly ServiceRunner[]) {
    this.#runners = runners;
  }

  get names(): readonly string[] {
    return this.#all.map(({ name }) => name);
  }

  versionsOf(name: string): readonly string[] {
    return [this.find(name).version];
  }

  find(name: string, version?: string): ServedModel {
    for (const runner of this.#runners) {
      const found = this.#of(runner).find((each) => each.name === name);
      if (found !== undefined && (version === undefined || version === VERSION)) return found;
    }
    throw unknownModel(name, version);
  }

  use(name: string, version: string | undefined): ModelUse {
    return { model: this.find(name, version), [Symbol.dispose]() {} };
  }

  index(): readonly ModelIndexEntry[] {
    return this.#all.map(({ name, version, ready, whyNotReady = "" }) => ({
      name,
      version,
      state: ready ? "READY" : "UNAVAILABLE",
      reason: whyNotReady,
    }));
  }

  get #all(): readonly ServedModel[] {
    return this.#runners.flatMap((runner) => this.#of(runner));
  }

  /** Returns the models of a runner: its batched methods with tensors that are known. */
  #of(runner: ServiceRunner): readonly MethodModel[] {
    const { specs } = runner;
    if (specs === undefined) return [];
    const known = this.#started.get(specs);
    if (known !== undefined) return known;
    const made = modelsOf(runner, specs, (name) => this.#statisticsOf(name));
    this.#started.set(specs, made);
    return made;
  }

  #statisticsOf(name: string): StatisticsCounter {
    const statistics = this.#statistics.get(name) ?? new StatisticsCounter();
    this.#statistics.set(name, statistics);
    return statistics;
  }
}

/** The tensors of a method, both sides of which are known. */
type Known = Required<MethodSpecs>;

function modelsOf(
  runner: ServiceRunner,
  specs: SpecsByName,
  statisticsOf: (name: string) => StatisticsCounter,
): readonly MethodModel[] {
  const { methods = {} } = runner;
  const known = Object.keys(methods).flatMap((method): [string, Known][] => {
    const { input, output } = specs[method] ?? {};
    const isModel = methods[method] === "batched" && input !== undefined && output !== undefined;
    return isModel ? [[method, { input, output }]] : [];
  });
  return known.map(([method, own]) => {
    const name = known.length === 1 ? runner.name : `${runner.name}.${method}`;
    return new MethodModel({ name, runner, method, specs: own, statistics: statisticsOf(name) });
  });
}

/** The parts of a `MethodModel`. */
interface MethodParts {
  readonly name: string;
  readonly runner: ServiceRunner;
  readonly method: string;
  readonly specs: Known;
  readonly statistics: StatisticsCounter;
}

/** A batched method as a model. */
class MethodModel implements ServedModel {
  readonly name: string;
  readonly version = VERSION;
  readonly platform = "ekiben";
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly rowAxes: RowAxesByName;
  readonly maxBatchSize: number;
  readonly classLabels = {};
  readonly properties: Readonly<Record<string, string>>;
  readonly statistics: StatisticsCounter;
  readonly #runner: ServiceRunner;
  readonly #method: string;
  readonly #specs: Known;

  constructor({ name, runner, method, specs, statistics }: MethodParts) {
    this.name = name;
    this.statistics = statistics;
    this.#runner = runner;
    this.#method = method;
    this.#specs = specs;
    this.inputs = [specs.input].flat();
    this.outputs = [specs.output].flat();
    const { axisIn = 0, axisOut = 0, maxBatchSize = 0 } = runner.stats().batchers?.[method] ?? {};
    this.rowAxes = { input: axesOf(specs.input, axisIn), output: axesOf(specs.output, axisOut) };
    this.maxBatchSize = maxBatchSize;
    const { digest } = runner;
    const backend = runner.backends.join(", ");
    this.properties = { backend, ...(digest === undefined ? {} : { digest }) };
  }

  get digest(): string | undefined {
    return this.#runner.digest;
  }

  get ready(): boolean {
    return this.#runner.ready;
  }

  get whyNotReady(): string | undefined {
    return this.#runner.whyNotReady;
  }

  run(inputs: NamedTensors, call?: CallOptions, wanted?: readonly string[]): Promise<NamedTensors> {
    return counted(this.statistics, call, (options) => this.#run(inputs, options, wanted));
  }

  async #run(
    inputs: NamedTensors,
    call: CallOptions,
    wanted: readonly string[] | undefined,
  ): Promise<NamedTensors> {
    const { input } = this.#specs;
    const given = Array.isArray(input) ? inputs : inputs[this.inputs[0]?.name ?? ""];
    const answer = await this.#runner.call?.(this.#method, given, call);
    if (isTensor(answer)) return { [this.outputs[0]?.name ?? ""]: answer };
    const named = answer as NamedTensors;
    if (wanted === undefined) return named;
    return Object.fromEntries(Object.entries(named).filter(([name]) => wanted.includes(name)));
  }
}

/** Returns the axis of the rows of each tensor that has rows. */
function axesOf(
  specs: TensorSpecs,
  axis: number | Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  if (typeof axis !== "number") return axis;
  return Object.fromEntries([specs].flat().map(({ name }) => [name, axis]));
}
