/**
 * Session: an ONNX model, opened and warm, with its inputs checked before every run.
 * @module
 */

import { messageOf } from "../error.ts";
import { isTensor, type Tensor } from "../tensor.ts";
import { workerHost } from "../worker-host.ts";
import type { BackendName, BackendSession, TensorSpec } from "./backend.ts";
import { checkInputs, checkOutputs } from "./check.ts";
import { type ModelSource, modelName, readModel } from "./model-file.ts";
import { type BackendChoice, selectBackend } from "./select.ts";
import { warmUp, zeros } from "./warm-up.ts";

/** How a model is opened. */
export interface SessionOptions {
  /** Default: what the server was started with, else `auto`. */
  readonly backend?: BackendChoice;
  /** Inference threads. Default: those of the runner, else 1. */
  readonly threads?: number;
  /** Whether to run the model on zeros first, for up to 0.5 s. Default true. */
  readonly warmUp?: boolean;
}

/** An open model. */
export interface Session {
  /** Where it runs. */
  readonly backend: BackendName;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Inputs of zeros, one row each, if the model was warmed up with them: it takes such inputs. */
  readonly zeros: Readonly<Record<string, Tensor>> | undefined;
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
   * @throws ServiceError `invalid_argument` for a missing, unknown or wrong input
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
  const bytes = await readModel(model);
  const backend = await selectBackend(options.backend ?? host?.backend ?? "auto");
  const threads = options.threads ?? host?.threads ?? 1;
  let inner: BackendSession;
  try {
    inner = await backend.open(bytes, { threads });
  } catch (error) {
    const text = `Cannot open ${modelName(model)} as an ONNX model: ${messageOf(error)}`;
    throw new Error(text, { cause: error });
  }
  const isWarm = (options.warmUp ?? true) && (await warmUp(inner));
  host?.opened(backend.name);
  return new OpenSession(backend.name, inner, isWarm) as Session;
}

class OpenSession {
  readonly backend: BackendName;
  readonly zeros: Readonly<Record<string, Tensor>> | undefined;
  readonly #inner: BackendSession;

  constructor(backend: BackendName, inner: BackendSession, isWarm: boolean) {
    this.backend = backend;
    this.zeros = isWarm ? zeros(inner.inputs) : undefined;
    this.#inner = inner;
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
    // Of two runs, one may fail while the other is awaited: that must not end the worker.
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
    return await this.#inner.run(inputs, wanted);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
