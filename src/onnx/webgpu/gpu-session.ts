/**
 * GpuSession: a session on the GPU, which runs one call at a time and ends when its device is lost.
 * @module
 */

import { type Clock, systemClock } from "../../clock.ts";
import type { Tensor, TensorSpec } from "../../tensor.ts";
import type { BackendSession } from "../backend.ts";
import type { GpuQueue } from "./gpu-queue.ts";

/** The part of a `GPUDevice` that is used here. */
export interface GpuDevice {
  readonly lost: Promise<{ readonly reason?: string; readonly message?: string }>;
}

type Outputs = Record<string, Tensor>;

/**
 * The longest wait of a run for the runs before it, so that it ends even if one of them never does.
 * A runner has a limit of its own for each call, and replaces the worker.
 */
const RUN_WAIT_MS = 600_000;

/** The time in which a device is reported as lost after a run has failed because of that. */
const REPORT_MS = 20;

/** A session on the GPU. */
export class GpuSession implements BackendSession {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly #inner: BackendSession;
  readonly #queue: GpuQueue;
  readonly #clock: Clock;
  readonly #onLost: (reason: string) => void;
  /** The functions that reject the runs which have not ended. */
  readonly #running = new Set<(reason: Error) => void>();
  #lost: Error | undefined;
  #released: Promise<void> | undefined;

  /** @param onLost is called when the device is lost, before the runs fail */
  constructor(
    inner: BackendSession,
    device: GpuDevice,
    queue: GpuQueue,
    onLost: (reason: string) => void = () => {},
    clock: Clock = systemClock,
  ) {
    this.inputs = inner.inputs;
    this.outputs = inner.outputs;
    this.#inner = inner;
    this.#queue = queue;
    this.#clock = clock;
    this.#onLost = onLost;
    void device.lost.then(({ reason, message }) => {
      this.#lose(`the GPU device was lost: ${message || reason || "no reason is known"}`);
    });
  }

  run(inputs: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Promise<Outputs> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    // Not a race against one promise for all runs: that would keep the result of every run.
    const result = Promise.withResolvers<Outputs>();
    this.#running.add(result.reject);
    this.#queue
      .run(() => this.#runNow(inputs, outputs), RUN_WAIT_MS)
      .then(result.resolve, result.reject)
      .finally(() => this.#running.delete(result.reject));
    return result.promise;
  }

  /** Runs the model. ONNX Runtime is not called after a loss: on Chromium that ends the browser. */
  async #runNow(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
  ): Promise<Outputs> {
    if (this.#lost !== undefined) throw this.#lost;
    try {
      return await this.#inner.run(inputs, outputs);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) {
        // Its memory may be inconsistent, and every later run would fail.
        this.#lose(`ONNX Runtime has ended: ${error.message}`);
      }
      // The loss of the device may be reported after the run that failed because of it.
      await new Promise<void>((resolve) => this.#clock.after(REPORT_MS, resolve));
      throw this.#lost ?? error;
    }
  }

  #lose(reason: string): void {
    // To release the last session destroys the device, which is reported too.
    if (this.#lost !== undefined || this.#released !== undefined) return;
    this.#lost = new Error(`The session cannot be used any more: ${reason}`);
    this.#onLost(reason);
    for (const reject of this.#running) reject(this.#lost);
    // A new session gets another device only after all sessions on this one are released.
    this.#released = this.#release().catch(() => {});
  }

  /** Frees the memory of the model. */
  close(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  #release(): Promise<void> {
    return this.#queue.run(() => this.#inner.close(), RUN_WAIT_MS);
  }
}
