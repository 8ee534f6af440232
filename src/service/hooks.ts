/**
 * Hooks: functions of the user that run when a service starts, is ready, and stops.
 * @module
 */

import { checkCount } from "../check.ts";
import type { Clock } from "../clock.ts";
import { messageOf } from "../error.ts";

/** The argument of a hook. */
export interface HookContext {
  /** Aborted when the service no longer waits for the hook: its time is over, or a stop began. */
  readonly signal: AbortSignal;
}

/** A function that runs at the start or the stop of a service. */
export type Hook = (context: HookContext) => void | Promise<void>;

/** The hooks of a service. Each runs once per start, over however many ports it is served. */
export interface Hooks {
  /**
   * Runs before the runners start: opens what handlers need, such as a connection to a database.
   * If it fails, the service does not start.
   */
  readonly onStart?: Hook;
  /** Runs when the service is ready. If it fails, the service stops, and its start fails. */
  readonly onReady?: Hook;
  /**
   * Runs at a stop, after the last request and before the runners stop, and also when the start
   * fails after `onStart`. If it fails, a warning is logged, and the service stops all the same.
   */
  readonly onStop?: Hook;
  /** The longest time that each hook may take, in milliseconds. Default 30,000. */
  readonly hookTimeoutMs?: number;
}

/** The hooks by their names. */
export type HookName = Exclude<keyof Hooks, "hookTimeoutMs">;

const NAMES: readonly HookName[] = ["onStart", "onReady", "onStop"];

/**
 * Returns the bound of each hook of a service, in milliseconds.
 *
 * @throws TypeError for a hook that is not a function, RangeError for an invalid bound
 */
export function checkHooks(service: string, hooks: Hooks): number {
  for (const name of NAMES) {
    const hook: unknown = hooks[name];
    if (hook === undefined || typeof hook === "function") continue;
    throw new TypeError(`The hook ${name} of service "${service}" must be a function, not ${hook}`);
  }
  return checkCount("hookTimeoutMs", hooks.hookTimeoutMs ?? 30_000);
}

/** The bounds of one hook. */
export interface HookBounds {
  /** The service, for messages. */
  readonly service: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Ends the wait early, with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a hook, if there is one, until it ends or its time is over.
 *
 * @throws Error that names the hook, with the hook's own error as its cause; the signal's reason
 */
export async function runHook(
  name: HookName,
  hook: Hook | undefined,
  { service, timeoutMs, clock, signal }: HookBounds,
): Promise<void> {
  signal?.throwIfAborted();
  if (hook === undefined) return;
  const about = `The hook ${name} of service "${service}"`;
  const abort = new AbortController();
  const ended = Promise.withResolvers<never>();
  const end = (reason: unknown): void => {
    ended.reject(reason);
    abort.abort(reason);
  };
  const onAbort = (): void => end(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const cancelTimer = clock.after(timeoutMs, () => {
    end(new Error(`${about} did not end within ${timeoutMs / 1000} s`));
  });
  const work = (async () => await hook({ signal: abort.signal }))().catch((error: unknown) => {
    throw new Error(`${about} failed: ${messageOf(error)}`, { cause: error });
  });
  // The loser of the race may still reject, and then nothing else listens.
  work.catch(() => {});
  ended.promise.catch(() => {});
  try {
    await Promise.race([work, ended.promise]);
  } finally {
    cancelTimer();
    signal?.removeEventListener("abort", onAbort);
  }
}
