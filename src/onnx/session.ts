/**
 * Session: an ONNX model, opened and warm, with its inputs checked before every run.
 * @module
 */

import type { InferenceSession } from "onnxruntime-web";
import { messageOf } from "../error.ts";
import { isTensor, type Tensor } from "../tensor.ts";
import { workerHost } from "../worker-host.ts";
import type { BackendName, BackendSession, TensorSpec } from "./backend.ts";
import { checkInputs, checkOutputs } from "./check.ts";
import type { ModelFacts } from "./model-facts.ts";
import { type ModelSource, modelName, readModel } from "./model-file.ts";
import { warn } from "./ort.ts";
import { reasonOf, runError } from "./run-error.ts";
import { type BackendChoice, selectBackend } from "./select.ts";
import { warmUp } from "./warm-up.ts";

/** How a model is opened. */
export interface SessionOptions {
  /** Default: what the server was started with, else `auto`. */
  readonly backend?: BackendChoice;
  /** Inference threads. Default: those of the runner, else 1. */
  readonly threads?: number;
  /** Whether to run the model on zeros first, for up to 0.5 s. Default true. */
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
  /** Any other session options, as ONNX Runtime has them; they override those set here. */
  readonly sessionOptions?: OrtSessionOptions;
}

/** The session options of ONNX Runtime's JavaScript interface. */
export type OrtSessionOptions = InferenceSession.SessionOptions;

/** An open model. */
export interface Session {
  /** Where it runs. */
  readonly backend: BackendName;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Inputs of zeros, one row each, if the model was warmed up with them: it takes such inputs. */
  readonly zeros: Readonly<Record<string, Tensor>> | undefined;
  /** The graph as the model's file declares it; `undefined` if the file is not in protobuf. */
  readonly facts: ModelFacts | undefined;
  /**
   * Runs a model that has one input.
   *
   * @param input of the dtype and shape of the model's input
   * @param output which output to answer; default the model's first
   * @throws ServiceError `invalid_argument` for another dtype or shape, saying both
   */
  run(input: Tensor, output?: string): Promise<Tensor>;
  /**
   * Runs a model by the names of its inputs.
   *
   * @param outputs which outputs to compute; default all
   * @throws ServiceError `invalid_argument` for a missing, unknown or wrong input,
   *   `failed_precondition` with ONNX Runtime's reason if an operator fails on the input
   */
  run(
    inputs: Readonly<Record<string, Tensor>>,
    outputs?: readonly string[],
  ): Promise<Record<string, Tensor>>;
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

  run(
    input: Tensor | Readonly<Record<string, Tensor>>,
    wanted?: string | readonly string[],
  ): Promise<Tensor | Record<string, Tensor>> {
    const outputs = isTensor(input)
      ? this.#runOne(input, wanted as string | undefined)
      : this.#runNamed(input, wanted as readonly string[] | undefined);
    // Of two runs, one may fail while the other is awaited, which must not end the worker.
    outputs.catch(() => {});
    return outputs;
  }

  async #runOne(input: Tensor, wanted: string | undefined): Promise<Tensor> {
    const [spec, ...more] = this.inputs;
    if (spec === undefined || more.length > 0) {
      const names = this.inputs.map(({ name }) => name).join(", ");
      throw new TypeError(`The model has ${this.inputs.length} inputs: give ${names} by name`);
    }
    const output = wanted ?? this.outputs[0]?.name ?? "";
    const results = await this.#runNamed({ [spec.name]: input }, [output]);
    return results[output] as Tensor; // asked for by name, after checkOutputs()
  }

  async #runNamed(
    inputs: Readonly<Record<string, Tensor>>,
    wanted: readonly string[] = this.outputs.map(({ name }) => name),
  ): Promise<Record<string, Tensor>> {
    checkOutputs(this.outputs, wanted);
    checkInputs(this.inputs, inputs);
    try {
      const outputs = await this.#inner.run(inputs, wanted);
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
