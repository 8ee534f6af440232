/**
 * Session: an ONNX model, opened and warm, with its inputs checked before every run.
 * @module
 */

import type { InferenceSession } from "onnxruntime-web";
import { messageOf } from "../error.ts";
import { type DType, isTensor, type Tensor, type TensorSpec } from "../tensor.ts";
import { workerHost } from "../worker-host.ts";
import type { BackendName, BackendSession } from "./backend.ts";
import { checkInputs, checkOutputs, specNamed } from "./check.ts";
import { checkEmptyInputs } from "./empty-inputs.ts";
import type { ModelFacts } from "./model-facts.ts";
import { type ModelFile, type ModelSource, modelName, readModel } from "./model-file.ts";
import { debug, openNotices, warn } from "./notices.ts";
import { namedOutputs, type OutputChoice, outputChoice, withoutDTypes } from "./output-choice.ts";
import { failsLikeZeros, reasonOf, runError } from "./run-error.ts";
import { type BackendChoice, backendChoice, openOn } from "./select.ts";
import { warmUp } from "./warm-up.ts";

/** The options of `openSession()`. */
export interface SessionOptions {
  /**
   * Default: the backend that the server was started with, or else `auto`. With `webgpu`, a model
   * that cannot run on a GPU runs on `wasm`, and a line in the log has the reason.
   */
  readonly backend?: BackendChoice;
  /** The number of inference threads. Default: that of the runner, or else 1. */
  readonly threads?: number;
  /** Runs the model on zeros first, for up to 0.5 s, or a few seconds on a GPU. Default true. */
  readonly warmUp?: boolean;
  /**
   * Compares the answers on `webgpu` with those on `wasm` before a GPU is used, for some seconds.
   * Default true.
   */
  readonly verify?: boolean;
  /** The compiled code of ONNX Runtime for the backend `wasm`. Default: that of its package. */
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
  /**
   * The SHA-256 of the model's file as hex digits, or of the digests of its files if its weights
   * are in others. Undefined if `externalData` was given, and where the runtime has no SHA-256.
   */
  readonly digest: string | undefined;
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
  const choice = backendChoice(options.backend ?? host?.backend ?? "auto");
  await openNotices();
  const file = await readModel(model);
  const threads = options.threads ?? host?.threads ?? 1;
  const name = modelName(model);
  let isOpen = false;
  // A loss before that is an error of its opening.
  const onLost = (reason: string): void => {
    if (isOpen) host?.fail(`a session cannot be used any more: ${reason}`);
  };
  const opened = await openOn(choice, {
    model: file,
    options: {
      threads,
      wasmModule: options.wasmModule,
      sessionOptions: ortOptions(options),
      onLost,
    },
    verify: options.verify ?? true,
  }).catch((error: unknown) => {
    const text = `Cannot open ${name} as an ONNX model: ${messageOf(error)}`;
    throw new Error(text, { cause: error });
  });
  const { backend, notice, detail } = opened;
  const subject = model instanceof Uint8Array ? `A${name.slice(1)}` : `The model ${name}`;
  if (notice !== undefined) warn(`${subject} ${notice}`);
  if (detail !== undefined) debug(`${subject} ${detail}`);
  const session = new OpenSession(backend, opened.session, file.facts, onLost);
  if (options.warmUp ?? true) await session.warmUp(subject);
  const ownWeights = options.sessionOptions?.externalData !== undefined;
  session.digest = ownWeights ? undefined : await digestOf(file, session, subject);
  isOpen = true;
  host?.opened(backend, session.digest);
  return session as Session;
}

/** @throws Error, after closing the session, if the model was changed while it was opened */
async function digestOf(
  file: ModelFile,
  session: OpenSession,
  subject: string,
): Promise<string | undefined> {
  try {
    return await file.digest();
  } catch (error) {
    await session.close();
    throw new Error(`${subject} cannot be used: ${messageOf(error)}`, { cause: error });
  }
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
  digest: string | undefined;
  readonly #inner: BackendSession;
  readonly #onLost: (reason: string) => void;
  /** The reason why the model fails with any input, until it has run once. */
  #failsAnyway: string | undefined;

  constructor(
    backend: BackendName,
    inner: BackendSession,
    facts: ModelFacts | undefined,
    onLost: (reason: string) => void,
  ) {
    this.#onLost = onLost;
    this.backend = backend;
    this.facts = facts;
    this.#inner = inner;
  }

  /** @param subject the model, as the beginning of a sentence */
  async warmUp(subject: string): Promise<void> {
    const { zeros, failure } = await warmUp(this.#inner, this.backend === "webgpu");
    this.zeros = zeros;
    if (zeros !== undefined || failure === undefined) return;
    const reason = reasonOf(messageOf(failure));
    if (failsLikeZeros(this.inputs)) this.#failsAnyway = reason;
    warn(`${subject} could not be warmed up and may fail: ${reason}`);
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
    checkEmptyInputs(inputs, this.facts);
    const names = Object.keys(wanted);
    try {
      const outputs = await this.#inner.run(inputs, names);
      this.#failsAnyway = undefined;
      return outputs;
    } catch (error) {
      // ONNX Runtime's WASM has crashed: its memory may be inconsistent.
      if (error instanceof WebAssembly.RuntimeError) this.#onLost(error.message);
      throw runError(error, this.#failsAnyway);
    }
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
