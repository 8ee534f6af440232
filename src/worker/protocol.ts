/**
 * The messages between a runner and its workers.
 * @module
 */

import type { UncaughtKind } from "../metrics/uncaught-errors.ts";
import type { MetricsDelta } from "../metrics/worker/delta.ts";
import type { MethodSpecs } from "./method-specs.ts";
import type { GateWord } from "./native-gate.ts";
import type { RowAxes } from "./runnable.ts";
import type { Answer, SentError } from "./sent-error.ts";

/** The message that makes a worker load a runnable. */
export interface LoadMessage {
  readonly kind: "load";
  /** The URL of the runnable's module. */
  readonly module: string;
  readonly runner: string;
  readonly workerIndex: number;
  readonly threads: number;
  readonly backend: string | undefined;
  readonly params: unknown;
  /** The settings that change its answers, as JSON; undefined for none. */
  readonly settings?: string | undefined;
  /** The shared word that says whether the worker is inside native code, if it has one. */
  readonly gate?: GateWord;
}

/** From a runner to a worker. */
export type ToWorker =
  | LoadMessage
  | { readonly kind: "compiled"; readonly url: string; readonly module: WebAssembly.Module }
  | { readonly kind: "compile-failed"; readonly url: string; readonly reason: string }
  | ({ readonly kind: "hashed"; readonly sha256: string | undefined } & StampedFile)
  | { readonly kind: "run"; readonly id: number; readonly method: string; readonly input: unknown }
  /** Names metrics that are not counted, since the runner has other definitions. */
  | { readonly kind: "metrics-refused"; readonly names: readonly string[] }
  /** Finds out whether its event loop is alive. */
  | { readonly kind: "ping" }
  | { readonly kind: "close" };

/** From a worker to its runner. */
export type FromWorker =
  | { readonly kind: "compile"; readonly url: string }
  | ({ readonly kind: "hash" } & StampedFile)
  | ({ readonly kind: "ready" } & RunnableInfo & WithMetrics)
  | { readonly kind: "load-failed"; readonly error: SentError }
  | ({ readonly kind: "result"; readonly id: number } & Answer & WithMetrics & Timed)
  | ({ readonly kind: "error"; readonly id: number; readonly error: SentError } & WithMetrics)
  | ({ readonly kind: "metrics" } & WithMetrics)
  | { readonly kind: "warning"; readonly text: string }
  /** Reports an unhandled error. After an exception the worker exits. */
  | { readonly kind: "uncaught"; readonly uncaught: UncaughtKind; readonly error: SentError }
  /** Reports that the worker is of no more use, such as after the loss of its GPU. */
  | { readonly kind: "failed"; readonly reason: string }
  /** Reports that a retired worker has left native code. */
  | { readonly kind: "left-native-code" }
  | { readonly kind: "pong" }
  | { readonly kind: "closed" };

/** The kinds of messages that answer a load, a call or a close. */
export const ANSWERS: ReadonlySet<FromWorker["kind"]> = new Set([
  ...(["ready", "load-failed", "result", "error", "closed"] as const),
]);

/** A file, and the stamp that it had when it was read. */
export interface StampedFile {
  readonly path: string;
  readonly stamp: string;
}

/** The milliseconds of a run, if its worker measures them. */
interface Timed {
  readonly ranMs?: number;
}

/** The changes of the worker's metrics, if there are any. */
interface WithMetrics {
  readonly metrics: MetricsDelta | undefined;
}

/** The kind of each method of a runnable, by its name. */
export type MethodKinds = Readonly<Record<string, "batched" | "plain">>;

/** The tensors of methods, by the names of the methods. */
export type SpecsByName = Readonly<Record<string, MethodSpecs>>;

/** The properties of a runnable that has been loaded. */
export interface RunnableInfo {
  readonly methods: MethodKinds;
  /** The inference backends its sessions run on. */
  readonly backends: readonly string[];
  /**
   * The digest of the models of its sessions, `sha256:<hex>`; undefined without models, or where it
   * cannot be computed.
   */
  readonly digest?: string | undefined;
  /** The axes that hold the rows, for batched methods whose tensors differ in them. */
  readonly rowAxes?: Readonly<Record<string, RowAxes | undefined>>;
  /** The tensors of the methods for which they are known. */
  readonly specs?: SpecsByName;
  /** The warm-up arguments, by batched method. */
  readonly warmUp: Readonly<Record<string, unknown>>;
}
