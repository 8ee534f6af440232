/**
 * The progress of a benchmark on standard error: a bar on a terminal, and nothing elsewhere.
 * @module
 */

import process from "node:process";
import { fixed } from "../figures.ts";
import { barOf, DRAW_MS, drawLine } from "../progress-line.ts";
import type { Measured } from "./loads.ts";

/** Draws a bar that is full at the end of the load. */
export class LoadProgress {
  readonly #label: string;
  readonly #durationMs: number;
  readonly #maxCalls: number;
  readonly #isShown: boolean = process.stderr.isTTY === true;
  #drawnMs = 0;

  /** @param maxCalls the number of calls at which the load ends, if it is not the time */
  constructor(label: string, durationMs: number, maxCalls: number) {
    this.#label = label;
    this.#durationMs = durationMs;
    this.#maxCalls = maxCalls;
  }

  /** Draws the bar, unless it has been drawn a moment ago. */
  at(load: Measured): void {
    if (!this.#isShown || load.endedAt - this.#drawnMs < DRAW_MS) return;
    this.#drawnMs = load.endedAt;
    const share = Math.min(
      1,
      Math.max((load.seconds * 1000) / this.#durationMs, load.calls / this.#maxCalls),
    );
    const rate = load.seconds > 0 ? load.answered.count / load.seconds : 0;
    const failed = load.unanswered.count > 0 ? `, ${load.unanswered.count} failed` : "";
    const line =
      `${this.#label} ${barOf(share)} ${fixed(rate)} calls/s, ` +
      `p50 ${fixed(load.answered.quantileMs(0.5))} ms${failed}`;
    drawLine(line);
  }

  /** Removes the bar. */
  end(): void {
    if (this.#isShown && this.#drawnMs > 0) drawLine("");
  }
}
