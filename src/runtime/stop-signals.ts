/**
 * Stop signals: the first SIGTERM, SIGINT or SIGHUP stops a server, and another one hastens that.
 * @module
 */

import { readFileSync } from "node:fs";
import { constants } from "node:os";
import process from "node:process";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** The signals that stop a server. */
export type StopSignal = (typeof SIGNALS)[number];

/**
 * How soon after a signal another one is taken for the same, in milliseconds: a wrapper such as npx
 * passes on what its whole process group has received.
 */
const SAME_MS = 1000;

/** The answers to signals. */
export interface StopHandlers {
  /** Begins to stop, at the first signal. */
  stop(signal: StopSignal): void;
  /** Stops without further delay, at the second. */
  hasten(): void;
  /** Ends the process, at the third. */
  exit(code: number): void;
}

/** The order of signals. */
export class StopSignals {
  readonly #handlers: StopHandlers;
  readonly #now: () => number;
  #count = 0;
  #lastAtMs = Number.NEGATIVE_INFINITY;

  constructor(handlers: StopHandlers, now: () => number) {
    this.#handlers = handlers;
    this.#now = now;
  }

  /** Takes a signal. SIGHUP only stops: a terminal that is closed may send more than one. */
  readonly take = (signal: StopSignal): void => {
    const nowMs = this.#now();
    const isSame = nowMs - this.#lastAtMs < SAME_MS;
    if (isSame || (signal === "SIGHUP" && this.#count > 0)) return;
    this.#lastAtMs = nowMs;
    this.#count += 1;
    if (this.#count === 1) this.#handlers.stop(signal);
    else if (this.#count === 2) this.#handlers.hasten();
    else this.#handlers.exit(128 + constants.signals[signal]);
  };
}

/**
 * Has the signals of this process handled.
 *
 * @returns a function that restores the default
 */
export function onStopSignals(handlers: StopHandlers): () => void {
  const { take } = new StopSignals(handlers, () => performance.now());
  const ignored = ignoresHangUp() ? "SIGHUP" : undefined;
  // Ignoring needs a listener, too: Deno and Node do not keep to what they have inherited.
  const listeners = SIGNALS.map(
    (signal) => [signal, signal === ignored ? (): void => {} : take] as const,
  );
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}

/**
 * Whether this process was started to outlive its terminal, as by nohup. Node resets what it
 * inherits, so that only bash's note of the command is left there.
 */
function ignoresHangUp(): boolean {
  if (/(^|\/)nohup$/.test(process.env["_"] ?? "")) return true;
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const [, lastDigit = "0"] = /^SigIgn:\s*[0-9a-f]*([0-9a-f])$/m.exec(status) ?? [];
    return (Number.parseInt(lastDigit, 16) & 1) !== 0; // SIGHUP is the first signal
  } catch {
    return false; // not Linux
  }
}
