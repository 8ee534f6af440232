/**
 * Runnable: a module that runs inside a worker, loads a model once and offers methods on it.
 * @module
 */

import { checkOptions } from "../check.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { MethodSpecs } from "./method-specs.ts";
import { checkRowOptions, ROW_OPTIONS, type RowOptions } from "./row-options.ts";

/** One method of a runnable: one argument that can be sent to a worker, one result likewise. */
// biome-ignore lint/suspicious/noExplicitAny: methods of every argument type must fit in here
export type Methods = Record<string, (input: any) => unknown>;

/** The axis that holds the rows, of each tensor that carries some. */
export interface RowAxes {
  readonly input: Readonly<Record<string, number>>;
  readonly output: Readonly<Record<string, number>>;
}

/** The return value of `load`: the methods, closed over the state that they need. */
export interface Loaded<B extends Methods, M extends Methods> {
  /**
   * Methods over rows: a tensor (rows along axis 0), a record of tensors, or an array of items.
   * A method must return as many rows as it was given, in the same order. In an array, an `Error`
   * in place of an item fails that row alone.
   */
  readonly batched?: B;
  /** Methods that run once for each call, with its argument as it is. */
  readonly methods?: M;
  /**
   * An argument for each batched method, of one row or more. The method runs on it before the
   * runner is ready, which compiles its code and measures how long batches take.
   */
  readonly warmUp?: { readonly [K in keyof B]?: Parameters<B[K]>[0] };
  /**
   * The axes that hold the rows of the argument's and the result's tensors, by their names, for
   * batched methods over records of tensors. A tensor that is not named carries no rows, and only
   * calls in which it is equal are joined. Default: the runner's `batchAxis` for every tensor.
   */
  readonly rowAxes?: { readonly [K in keyof B]?: RowAxes };
  /**
   * The tensors that methods take and return, as far as they are known: for descriptions of the
   * service, and for protocols that need them. The rows of a batched method are an open axis.
   *
   * @example
   * specs: { classify: { input: session.input(), output: session.output("probabilities") } }
   */
  readonly specs?: SpecsByMethod<B> & SpecsByMethod<M>;
  /** Called before the worker stops. */
  close?(): void | Promise<void>;
}

/** The tensors of methods, by their names. */
type SpecsByMethod<M extends Methods> = {
  readonly [K in keyof M]?: MethodSpecs<Parameters<M[K]>[0], Awaited<ReturnType<M[K]>>>;
};

/** The argument of `load`. */
export interface LoadContext<P = undefined> {
  /** The index of the worker, from 1. A worker that replaces a lost one has the same index. */
  readonly workerIndex: number;
  /** The runner's name. */
  readonly runner: string;
  /** The inference threads that this worker may use. */
  readonly threads: number;
  /** Defines metrics of the worker. `/metrics` shows their sums over all workers. */
  readonly metrics: Metrics;
  /** A copy of the runner's `params`. */
  readonly params: P;
}

/**
 * The options of a runnable.
 *
 * @typeParam B its batched methods
 */
export interface RunnableOptions<B extends Methods = Methods> extends RowOptions<B> {
  /** True if one call can use several threads, so that `threads` may be set. Default false. */
  readonly multiThreaded?: boolean;
  /**
   * Methods that must not run twice for one call. If a batch of such a method fails or loses its
   * worker, all of its calls fail. Calls of other methods are run again in smaller batches.
   */
  readonly notIdempotent?: readonly string[];
  /**
   * Batched methods whose calls must not be split: all rows of a call are in one batch, which may
   * hold other calls too, and a call with more rows than a batch may have is refused. Calls of
   * other methods are split where that fills a batch, unless the method must not run twice.
   */
  readonly notSplittable?: readonly string[];
}

/** The names of the options. */
export const RUNNABLE_OPTIONS: readonly (keyof RunnableOptions)[] = [
  ...(["multiThreaded", "notIdempotent", "notSplittable", ...ROW_OPTIONS] as const),
];

/**
 * The definition of a runnable. Nothing is loaded until a runner starts its workers.
 *
 * @typeParam M its methods
 * @typeParam P the parameters it is loaded with
 */
export interface Runnable<M extends Methods = Methods, P = unknown> {
  /** The module whose default export this is. Workers import it. */
  readonly url: string;
  readonly multiThreaded: boolean;
  readonly notIdempotent: readonly string[];
  readonly notSplittable: readonly string[];
  /** The weights and the padding of rows. The runner applies them, before its queues. */
  readonly rows: RowOptions;
  readonly load: (context: LoadContext<P>) => Promise<Loaded<M, M>>;
}

/** The `url` of a runnable in a bundle in which `import.meta.url` is undefined. */
export const NO_ADDRESS = "";

/** A runnable's methods of a kind that it does not have. */
type None = Record<never, never>;

/** The methods of both in one type, which an editor shows by its members. */
type Together<B extends Methods, M extends Methods> = B & M extends infer T extends Methods
  ? { [K in keyof T]: T[K] }
  : never;

/**
 * Defines what runs inside the workers of a runner. It must be the default export of its module.
 *
 * @param url `import.meta.url`, so that a worker can import the same module
 * @param load makes the methods, once in each worker, before the worker counts as ready
 *
 * @example
 * export default runnable(import.meta.url, async () => {
 *   const session = await openSession(new URL("./model.onnx", import.meta.url));
 *   return { batched: { classify: (x: Tensor<"float32">) => session.run(x) } };
 * });
 */
export function runnable<B extends Methods = None, M extends Methods = None, P = undefined>(
  url: string,
  load: (context: LoadContext<P>) => Loaded<B, M> | Promise<Loaded<B, M>>,
  options: RunnableOptions<NoInfer<B>> = {},
): Runnable<Together<B, M>, P> {
  checkOptions("Cannot define a runnable", options, RUNNABLE_OPTIONS);
  // With methods of any type, as the workers of every runnable are started by one code.
  const { weight, pad, unpad } = options as RunnableOptions;
  checkRowOptions({ weight, pad, unpad });
  // In a bundle for workerd, modules have no address: only workers that import them need one.
  const address: string | undefined = url;
  if (address !== undefined && !URL.canParse(address)) {
    throw new TypeError(
      `Cannot define a runnable: its first argument must be import.meta.url, but was "${url}"` +
        (isAbsolute(address) ? ": in CommonJS, write pathToFileURL(__filename).href" : ""),
    );
  }
  return {
    url: address ?? NO_ADDRESS,
    multiThreaded: options.multiThreaded ?? false,
    notIdempotent: options.notIdempotent ?? [],
    notSplittable: options.notSplittable ?? [],
    rows: { weight, pad, unpad },
    load: async (context) =>
      (await load(context)) as unknown as Loaded<Together<B, M>, Together<B, M>>,
  };
}

/** The addresses of code that was given on a command line or on stdin, on each runtime. */
const EVALUATED = /\/(?:\[(?:eval\d*|stdin)\]|\$deno\$(?:eval|stdin)\.\w+)$/;

/** Returns why workers cannot import the module of a runnable; `undefined` if they may. */
export function whyNoImport(url: string): string | undefined {
  if (url === NO_ADDRESS) {
    return (
      "import.meta.url is undefined in the module of its runnable. Bundle it as an ES module, " +
      "or serve it unbundled"
    );
  }
  if (!EVALUATED.test(url)) return undefined;
  return "its runnable is in code without a file, which no worker can import. Write it into one";
}

/** Returns true for what is in `__filename`, which has the place of a URL in CommonJS. */
function isAbsolute(path: string): boolean {
  return /^(\/|[A-Za-z]:\\)/.test(path);
}

/** The key of a runner's runnable. A symbol, since methods of runnables may have any name. */
export const RUNNABLE: unique symbol = Symbol.for("ekiben.runnable") as never;

/** Returns true for a runnable, as opposed to any other default export of a module. */
export function isRunnable(value: unknown): value is Runnable {
  const candidate = value as Partial<Runnable> | null | undefined;
  return typeof candidate?.url === "string" && typeof candidate.load === "function";
}
