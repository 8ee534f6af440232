/**
 * Runner: the typed handle to a pool of workers that run one runnable.
 * @module
 */

import { isRunnable, type Methods, RUNNABLE, type Runnable } from "../worker/runnable.ts";
import type { CallOptions } from "./call-options.ts";
import { NOT_METHODS } from "./check-methods.ts";
import type { RunnerControl } from "./runner-control.ts";
import { RunnerCore } from "./runner-core.ts";
import type { RunnerOptions } from "./runner-options.ts";
import { startOf, tellStart } from "./start-settings.ts";
import { addDefinition } from "./unlisted.ts";

/** The methods of a runnable for its callers: the same argument, and a promise of the result. */
export type Handles<M extends Methods> = {
  readonly [K in keyof M]: (
    input: Parameters<M[K]>[0],
    options?: CallOptions,
  ) => Promise<Awaited<ReturnType<M[K]>>>;
};

/** A runner: the methods of its runnable, and its control. */
export type Runner<M extends Methods> = Handles<M> & RunnerControl;

/**
 * Defines a runner. Nothing starts until `serve()` or `start()`.
 *
 * @param runnable the default export of the module that runs in the workers
 * @throws TypeError or RangeError for an invalid option
 *
 * @example
 * const classifier = runner(digits, { name: "mnist", workers: 2 });
 * const scores = await classifier.classify(pixels, context);
 */
export function runner<M extends Methods, P = undefined>(
  runnable: Runnable<M, P>,
  ...[options]: undefined extends P
    ? [options?: RunnerOptions<P, M>]
    : [options: RunnerOptions<P, M>]
): Runner<M> {
  if (!isRunnable(runnable)) {
    throw new TypeError(
      "Cannot define a runner: its first argument must be what runnable() returns, " +
        `but was ${runnable === null ? "null" : typeof runnable}`,
    );
  }
  const core = new RunnerCore(runnable as Runnable, options ?? {});
  const handles = new Map<string, unknown>();
  const made = new Proxy(core, {
    get(target, key) {
      if (key === RUNNABLE) return runnable;
      if (key in target) return Reflect.get(target, key, target);
      // `await` and JSON.stringify() look for these, which are no methods of a runnable.
      if (typeof key === "symbol" || NOT_METHODS.has(key)) return undefined;
      const known = handles.get(key);
      if (known !== undefined) return known;
      const handle = (input: unknown, callOptions?: CallOptions): Promise<unknown> => {
        const call = target.call(key, input, callOptions);
        // A caller may await only one of two calls: the other's rejection must not end the server.
        call.catch(() => {});
        return call;
      };
      handles.set(key, handle);
      return handle;
    },
  });
  const start = startOf(core);
  if (start !== undefined) tellStart(made, start);
  addDefinition(made, {
    name: core.name,
    isOptional: options?.optional ?? false,
    isStarted: () => core.isStarted,
  });
  return made as unknown as Runner<M>;
}
