/**
 * Session: an ONNX model, opened and warm, with its inputs checked before every run.
 * @module
 */

import type { InferenceSession } from "onnxruntime-web";
import { checkOptions } from "../check.ts";
import { messageOf } from "../error.ts";
import { type DType, isTensor, type Tensor, type TensorSpec } from "../tensor.ts";
import { workerHost } from "../worker-host.ts";
import type { BackendName, BackendSession } from "./backend.ts";
import { checkInputs, checkOutputs, specNamed, type WantedDTypes } from "./check.ts";
import type { ModelFacts } from "./model-facts.ts";
import { type ModelSource, modelName, readModel } from "./model-file.ts";
import { openNotices, warn } from "./notices.ts";
import { reasonOf, runError } from "./run-error.ts";
import { type BackendChoice, selectBackend } from "./select.ts";
import { warmUp } from "./warm-up.ts";

/** The options of `openSession()`. */
export interface SessionOptions {
  /** Default: the backend that the server was started with, or else `auto`. */
  readonly backend?: BackendChoice;
  /** The number of inference threads. Default: that of the runner, or else 1. */
  readonly threads?: number;
  /** Runs the model on zeros first, for up to 0.5 s. Default true. */
  readonly warmUp?: boolean;
  /**
   * The code of ONNX Runtime for the backend `wasm`, for hosts that compile no bytes: on workerd,
   * `import wasmModule from "onnxruntime-web/ort-wasm-simd-threaded.wasm"`. Default: it is loaded.
   */
  readonly wasmModule?: WebAssembly.Module;
  /** A shorthand for the option of this name in `sessionOptions`. Default `all`. */
  readonly graphOptimizationLevel?: OrtSessionOptions["graphOptimizationLevel"];
  /**
   * ONNX Runtime's execution providers, in order, each by its name or with its options, such as
   * `[{ name: "webgpu", preferredLayout: "NHWC" }]` or `["cuda", "cpu"]`. Default: the backend's.
   */
  readonly executionProviders?: OrtSessionOptions["executionProviders"];
  /** Any other session options of ONNX Runtime. They override those that are set here. */
  readonly sessionOptions?: OrtSessionOptions;
}

/** The session options of ONNX Runtime's JavaScript interface. */
export type OrtSessionOptions = InferenceSession.SessionOptions;

/** One output of a model, and the dtype that it must have. */
export interface OutputChoice<D extends DType> {
  /** Its name. Default: the model's first output. */
  readonly output?: string;
  /** Its dtype, which is checked before the run. */
  readonly dtype?: D;
}

/** An open model. */
export interface Session {
  /** The backend that it runs on. */
  readonly backend: BackendName;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /**
   * Returns the specification of an input. Default: the first.
   *
   * @throws TypeError if the model has no such input
   */
  input(name?: string): TensorSpec;
  /** As `input()`, of an output. */
  output(name?: string): TensorSpec;
  /** The inputs of zeros, one row each, that the model was warmed up with, if it was. */
  readonly zeros: Readonly<Record<string, Tensor>> | undefined;
  /** The graph as the model's file declares it; `undefined` if the file is not in protobuf. */
  readonly facts: ModelFacts | undefined;
  /**
   * Runs a model that has one input, and returns one output.
   *
   * The type argument alone, as in `run<"float32">(x)`, is not checked, since it does not exist at
   * run time; the option `dtype` is.
   *
   * @typeParam D the dtype of the output
   * @param input a tensor of the dtype and shape of the model's input
   * @param output the output, by its name or with its dtype. Default: the model's first
   * @throws ServiceError `invalid_argument` for another dtype or shape, saying both;
   *   `failed_precondition` with ONNX Runtime's reason if an operator fails on the input
   * @throws TypeError if the model has no such output, or it has another dtype
   *
   * @example
   * const { data } = await session.run(pixels, { output: "probabilities", dtype: "float32" });
   */
  run<D extends DType = DType>(
    input: Tensor,
    output?: string | OutputChoice<D>,
  ): Promise<Tensor<D>>;
  /**
   * Runs a model by the names of its inputs, and returns all outputs.
   *
   * @throws ServiceError `invalid_argument` for a missing, unknown or wrong input;
   *   `failed_precondition` with ONNX Runtime's reason if an operator fails on the input
   */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  /**
   * Runs a model by the names of its inputs, and computes only the given outputs.
   *
   * @param outputs their names, or an object with the dtype of each, which is checked
   * @throws ServiceError as without `outputs`
   * @throws TypeError if the model has no such output, or it has another dtype
   *
   * @example
   * const { label, scores } = await session.run({ x }, { label: "int64", scores: "float32" });
   */
  run<N extends string>(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly N[],
  ): Promise<Record<N, Tensor>>;
  run<const O extends Readonly<Record<string, DType>>>(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: O,
  ): Promise<{ [N in keyof O]: Tensor<O[N]> }>;
  /** Frees the model's memory. */
  close(): Promise<void>;
}

/**
 * Opens an ONNX model on a backend and warms it up. Call it in a runnable's `load`, so that
 * inference runs in the worker.
 *
 * @throws Error when the model cannot be read or is not an ONNX model, naming it
 *
 * @example
 * const session = await openSession(new URL("./model.onnx", import.meta.url));
 */
export async function openSession(
  model: ModelSource,
  options: SessionOptions = {},
): Promise<Session> {
  const host = workerHost();
  await openNotices();
  const file = await readModel(model);
  const backend = await selectBackend(options.backend ?? host?.backend ?? "auto");
  const threads = options.threads ?? host?.threads ?? 1;
  let inner: BackendSession;
  try {
    const { wasmModule } = options;
    inner = await backend.open(file, { threads, wasmModule, sessionOptions: ortOptions(options) });
  } catch (error) {
    const text = `Cannot open ${modelName(model)} as an ONNX model: ${messageOf(error)}`;
    throw new Error(text, { cause: error });
  }
  const session = new OpenSession(backend.name, inner, file.facts);
  if (options.warmUp ?? true) await session.warmUp(modelName(model));
  host?.opened(backend.name);
  return session as Session;
}

/** Returns the given options of ONNX Runtime: one that is left out must not override a default. */
function ortOptions(options: SessionOptions): OrtSessionOptions {
  const { graphOptimizationLevel, executionProviders, sessionOptions } = options;
  return {
    ...(graphOptimizationLevel === undefined ? {} : { graphOptimizationLevel }),
    ...(executionProviders === undefined ? {} : { executionProviders }),
    ...sessionOptions,
  };
}

class OpenSession {
  readonly backend: BackendName;
  readonly facts: ModelFacts | undefined;
  zeros: Readonly<Record<string, Tensor>> | undefined;
  readonly #inner: BackendSession;
  /** The reason why the model failed with zeros, until it has run once. */
  #failsAnyway: string | undefined;

  constructor(backend: BackendName, inner: BackendSession, facts: ModelFacts | undefined) {
    this.backend = backend;
    this.facts = facts;
    this.#inner = inner;
  }

  async warmUp(name: string): Promise<void> {
    const { zeros, failure } = await warmUp(this.#inner);
    this.zeros = zeros;
    if (zeros !== undefined || failure === undefined) return;
    this.#failsAnyway = reasonOf(messageOf(failure));
    warn(`The model ${name} could not be warmed up and may fail: ${this.#failsAnyway}`);
  }

  get inputs(): readonly TensorSpec[] {
    return this.#inner.inputs;
  }

  get outputs(): readonly TensorSpec[] {
    return this.#inner.outputs;
  }

  input(name?: string): TensorSpec {
    return specNamed("input", this.inputs, name);
  }

  output(name?: string): TensorSpec {
    return specNamed("output", this.outputs, name);
  }

  run(
    input: Tensor | Readonly<Record<string, Tensor>>,
    wanted?: string | OutputChoice<DType> | readonly string[] | Readonly<Record<string, DType>>,
  ): Promise<Tensor | Record<string, Tensor>> {
    const outputs = isTensor(input)
      ? this.#runOne(input, wanted as string | OutputChoice<DType> | undefined)
      : this.#runNamed(input, wanted);
    // Of two runs, one may fail while the other is awaited, which must not end the worker.
    outputs.catch(() => {});
    return outputs;
  }

  async #runOne(input: Tensor, wanted: string | OutputChoice<DType> | undefined): Promise<Tensor> {
    const [spec, ...more] = this.inputs;
    if (spec === undefined || more.length > 0) {
      const names = this.inputs.map(({ name }) => name).join(", ");
      throw new TypeError(`The model has ${this.inputs.length} inputs: give ${names} by name`);
    }
    const { output = this.outputs[0]?.name ?? "", dtype } = outputChoice(wanted);
    const results = await this.#runNamed({ [spec.name]: input }, { [output]: dtype });
    return results[output] as Tensor; // requested by name, after checkOutputs()
  }

  async #runNamed(
    inputs: Readonly<Record<string, Tensor>>,
    requested: unknown,
  ): Promise<Record<string, Tensor>> {
    const wanted = namedOutputs(requested) ?? withoutDTypes(this.outputs.map(({ name }) => name));
    checkOutputs(this.outputs, wanted);
    checkInputs(this.inputs, inputs);
    const names = Object.keys(wanted);
    try {
      const outputs = await this.#inner.run(inputs, names);
      this.#failsAnyway = undefined;
      return outputs;
    } catch (error) {
      throw runError(error, this.#failsAnyway);
    }
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/** Reads the second argument of a run with one input. */
function outputChoice(wanted: unknown): OutputChoice<DType> {
  if (wanted === undefined) return {};
  if (typeof wanted === "string") return { output: wanted };
  if (Array.isArray(wanted) || typeof wanted !== "object" || wanted === null) {
    throw new TypeError(
      "A run with one tensor returns one output: give its name or { output, dtype }, " +
        `not ${Array.isArray(wanted) ? "a list of names" : wanted}`,
    );
  }
  checkOptions("Cannot choose an output", wanted, ["output", "dtype"]);
  return wanted;
}

/** Reads the second argument of a run by the names of the inputs: the dtype of each output. */
function namedOutputs(wanted: unknown): WantedDTypes | undefined {
  if (wanted === undefined) return undefined;
  if (Array.isArray(wanted)) return withoutDTypes(wanted);
  if (typeof wanted === "object" && wanted !== null) return wanted as WantedDTypes;
  throw new TypeError(
    "A run by the names of the inputs returns outputs by name: give a list of names or " +
      `{ name: dtype }, not ${JSON.stringify(wanted)}`,
  );
}

function withoutDTypes(names: readonly string[]): WantedDTypes {
  return Object.fromEntries(names.map((name) => [name, undefined]));
}
