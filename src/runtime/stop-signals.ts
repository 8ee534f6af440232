/**
 * Stop signals: the first SIGTERM, SIGINT or SIGHUP stops a server, and another one expedites it.
 * @module
 */

import { readFileSync } from "node:fs";
import { constants } from "node:os";
import process from "node:process";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** The signals that stop a server. */
export type StopSignal = (typeof SIGNALS)[number];

/**
 * The time within which another signal is taken for the same one, in milliseconds: a wrapper such
 * as npx forwards what its whole process group has received.
 */
const SAME_MS = 1000;

/** The handlers of signals. */
export interface StopHandlers {
  /** Begins to stop; called at the first signal. */
  stop(signal: StopSignal): void;
  /** Stops without further delay; called at the second. */
  expedite(): void;
  /** Ends the process; called at the third. */
  exit(code: number): void;
}

/** Counts signals, and calls the handler of each. */
export class StopSignals {
  readonly #handlers: StopHandlers;
  readonly #now: () => number;
  #count = 0;
  #lastAtMs = Number.NEGATIVE_INFINITY;

  constructor(handlers: StopHandlers, now: () => number) {
    this.#handlers = handlers;
    this.#now = now;
  }

  /** Handles a signal. SIGHUP only stops: a terminal that is closed may send more than one. */
  readonly take = (signal: StopSignal): void => {
    const nowMs = this.#now();
    const isSame = nowMs - this.#lastAtMs < SAME_MS;
    if (isSame || (signal === "SIGHUP" && this.#count > 0)) return;
    this.#lastAtMs = nowMs;
    this.#count += 1;
    if (this.#count === 1) this.#handlers.stop(signal);
    else if (this.#count === 2) this.#handlers.expedite();
    else this.#handlers.exit(128 + constants.signals[signal]);
  };
}

/**
 * Handles the stop signals of this process.
 *
 * @returns a function that restores the default
 */
export function onStopSignals(handlers: StopHandlers): () => void {
  const { take } = new StopSignals(handlers, () => performance.now());
  const ignored = ignoresHangUp() ? "SIGHUP" : undefined;
  // Ignoring needs a listener, too: Deno and Node do not keep the inherited disposition.
  const listeners = SIGNALS.map(
    (signal) => [signal, signal === ignored ? (): void => {} : take] as const,
  );
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}

/**
 * Returns true if this process was started to outlive its terminal, as by nohup. Node resets the
 * inherited disposition, so that only bash's variable with the command is left there.
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
