/**
 * The messages between a runner and its workers, and what can be sent in them.
 * @module
 */

import { isCode, messageOf, ServiceError } from "../../error.ts";
import type { UncaughtKind } from "../../metrics/uncaught-errors.ts";
import type { MetricsDelta } from "../../metrics/worker/delta.ts";
import { allocate, isTensor, type Tensor } from "../../tensor.ts";
import type { RowAxes } from "../runnable.ts";
import type { GateWord } from "./native-gate.ts";

/** From the main thread to a worker. */
export type ToWorker =
  | {
      readonly kind: "load";
      readonly module: string;
      readonly runner: string;
      readonly workerIndex: number;
      readonly threads: number;
      readonly backend: string | undefined;
      readonly params: unknown;
      /** Tells the main thread whether the worker is inside native code. */
      readonly gate: GateWord;
    }
  | { readonly kind: "compiled"; readonly url: string; readonly module: WebAssembly.Module }
  | { readonly kind: "not-compiled"; readonly url: string; readonly reason: string }
  | { readonly kind: "run"; readonly id: number; readonly method: string; readonly input: unknown }
  /** Metrics that it defined are not counted: the main thread has other definitions. */
  | { readonly kind: "metrics-refused"; readonly names: readonly string[] }
  /** To find out whether its event loop is alive. */
  | { readonly kind: "ping" }
  | { readonly kind: "close" };

/** From a worker to the main thread. */
export type FromWorker =
  | { readonly kind: "compile"; readonly url: string }
  | ({ readonly kind: "ready" } & WorkerAbout & Told)
  | { readonly kind: "failed"; readonly error: SentError }
  | ({ readonly kind: "done"; readonly id: number } & Answer & Told)
  | ({ readonly kind: "threw"; readonly id: number; readonly error: SentError } & Told)
  | ({ readonly kind: "told" } & Told)
  | { readonly kind: "warned"; readonly text: string }
  /** An unhandled error. After an exception the worker exits. */
  | { readonly kind: "uncaught"; readonly uncaught: UncaughtKind; readonly error: SentError }
  /** The worker was retired inside native code, and has left it. */
  | { readonly kind: "returned" }
  | { readonly kind: "pong" }
  | { readonly kind: "closed" };

/** What has changed in the worker's metrics, if anything. */
interface Told {
  readonly metrics: MetricsDelta | undefined;
}

/** Each method of a runnable by name, and whether it is batched. */
export type MethodKinds = Readonly<Record<string, "batched" | "plain">>;

/** What a worker says of the runnable that it has loaded. */
export interface WorkerAbout {
  readonly methods: MethodKinds;
  /** The inference backends its sessions run on. */
  readonly backends: readonly string[];
  /** The axes that hold the rows, for batched methods whose tensors differ in them. */
  readonly rowAxes?: Readonly<Record<string, RowAxes | undefined>>;
  /** An argument for each batched method that is to be warmed up. */
  readonly warmUp: Readonly<Record<string, unknown>>;
}

/** An error as it crosses threads: structured clone keeps neither its class nor its code. */
export interface SentError {
  /** Absent for what was not thrown on purpose. */
  readonly code: string | undefined;
  readonly name: string;
  readonly message: string;
  readonly retryAfterSeconds: number | undefined;
  /** With the stacks of its causes: only a log reads it. */
  readonly stack: string | undefined;
}

/** A row of an array that failed by itself. */
export interface RowError {
  readonly row: number;
  readonly error: SentError;
}

/** An output, and the errors that a method may answer in it in place of a row. */
export interface Answer {
  /** With nothing in the places of errors: one may hold what cannot be cloned. */
  readonly output: unknown;
  readonly rowErrors: readonly RowError[];
}

/** Takes the errors out of an array of rows. */
export function takeRowErrors(output: unknown): Answer {
  if (!Array.isArray(output) || !output.some(isError)) return { output, rowErrors: [] };
  return {
    output: output.map((item) => (isError(item) ? undefined : item)),
    rowErrors: output.flatMap((item, row) =>
      isError(item) ? [{ row, error: sendable(item) }] : [],
    ),
  };
}

function isError(item: unknown): item is Error {
  return item instanceof Error;
}

/** The output with its errors in their places again. */
export function withRowErrors({ output, rowErrors }: Answer): unknown {
  for (const { row, error } of rowErrors) (output as unknown[])[row] = received(error);
  return output;
}

/** An error made ready to cross to the other thread. */
export function sendable(thrown: unknown): SentError {
  const { name = "Error", message = messageOf(thrown), stack } = readError(thrown);
  return {
    code: thrown instanceof ServiceError ? thrown.code : undefined,
    name,
    message,
    retryAfterSeconds: thrown instanceof ServiceError ? thrown.retryAfterSeconds : undefined,
    stack,
  };
}

/** The texts of an error. Its properties may be anything, or throw when they are read. */
function readError(thrown: unknown): { name?: string; message?: string; stack?: string } {
  if (!(thrown instanceof Error)) return {};
  try {
    const stack = stackOf(thrown);
    const texts = { name: String(thrown.name), message: String(thrown.message) };
    return stack === undefined ? texts : { ...texts, stack };
  } catch {
    return { message: "an error that cannot be read" };
  }
}

/** More causes than this are a circle, or nobody reads them. */
const MAX_CAUSES = 5;

function stackOf(thrown: unknown, depth = 0): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { stack = String(thrown), cause } = thrown;
  const next = depth < MAX_CAUSES ? stackOf(cause, depth + 1) : undefined;
  return next === undefined ? stack : `${stack}\nCaused by: ${next}`;
}

/** The error on this side: a `ServiceError` again where it was one, else a plain `Error`. */
export function received(error: SentError): Error {
  const { code, message, retryAfterSeconds } = error;
  const copy = isCode(code)
    ? new ServiceError(code, message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
    : Object.assign(new Error(message), { name: error.name });
  // Never the stack of this function, where nothing went wrong.
  copy.stack = error.stack ?? `${error.name}: ${message}`;
  return copy;
}

/** A value that owns its memory, with the buffers to transfer along. */
export interface Packed {
  readonly value: unknown;
  readonly transfer: readonly ArrayBuffer[];
}

/**
 * Copies the tensors of a value into buffers of their own and names those for transfer, so that
 * the sender keeps its data (it may be a view on something larger, cached, or needed for a second
 * try) and the hop itself copies nothing. A copy costs a tenth of a structured clone of the same
 * size. Tensors are found at the top, in a record, or in an array; the rest is left to the clone.
 */
export function pack(value: unknown): Packed {
  const transfer: ArrayBuffer[] = [];
  return { value: packDeep(value, transfer), transfer };
}

function packDeep(value: unknown, transfer: ArrayBuffer[]): unknown {
  if (isTensor(value)) return packTensor(value, transfer);
  if (Array.isArray(value)) {
    return value.some(isTensor) ? value.map((item) => packDeep(item, transfer)) : value;
  }
  if (typeof value === "object" && value !== null && Object.values(value).some(isTensor)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, packDeep(item, transfer)]),
    );
  }
  return value;
}

function packTensor({ dtype, shape, data }: Tensor, transfer: ArrayBuffer[]): Tensor {
  if (Array.isArray(data)) return { dtype, shape, data };
  // Not slice(): that of a Node Buffer is a view on memory shared with other buffers.
  const copy = allocate(dtype, data.length);
  (copy as Uint8Array).set(data as Uint8Array); // both are of the dtype's array type
  transfer.push((copy as Uint8Array<ArrayBuffer>).buffer);
  return { dtype, shape, data: copy };
}
