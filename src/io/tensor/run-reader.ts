/**
 * RunReader: reads many elements of nested arrays at once.
 * @module
 */
import { type NumberRuns, numberRuns, UNKNOWN, WINDOW_BYTES } from "../json/number-runs.ts";
import type { ElementRuns } from "./element-sink.ts";
import type { Nesting } from "./nesting.ts";

/** The bytes that nearly all numbers fit into, with white space. */
const LONG_NUMBER = 32;

/** Reads runs of the elements of one text. */
export class RunReader {
  readonly #bytes: Uint8Array;
  readonly #runs: NumberRuns;
  /** The part of the bytes that is loaded. */
  #from = 0;
  #to = 0;

  private constructor(bytes: Uint8Array, runs: NumberRuns) {
    this.#bytes = bytes;
    this.#runs = runs;
  }

  /** Opens a reader; `undefined` where there is no WebAssembly. */
  static open(bytes: Uint8Array): RunReader | undefined {
    const runs = numberRuns();
    return runs === undefined ? undefined : new RunReader(bytes, runs);
  }

  /** Begins a step: other readers may have loaded their texts since the last one. */
  begin(): void {
    this.#to = 0;
  }

  /**
   * Reads elements from the position `start`, as many as it can before `limit`.
   *
   * @returns the position after them, which is `start` if there are none; negative, as the bitwise
   *   complement, if it is behind an element, not at one
   */
  read({ blocks, options }: ElementRuns, nesting: Nesting, start: number, limit: number): number {
    const runs = this.#runs;
    if (start + LONG_NUMBER > this.#to && this.#to < limit) this.#load(start, limit);
    if (start >= this.#to) return start;
    if (blocks.isFull) blocks.flush();
    const { waiting } = blocks;
    const axis = nesting.depth - 1;
    blocks.waiting = runs.read(
      options,
      start - this.#from,
      waiting,
      nesting.path[axis] ?? 0,
      nesting.shape[axis] ?? UNKNOWN,
      nesting.rowsLeft,
    );
    if (blocks.waiting === waiting) return start;
    nesting.advance(runs.rows, runs.column);
    const at = this.#from + runs.at;
    return runs.isBehind ? ~at : at;
  }

  #load(start: number, limit: number): void {
    this.#from = start;
    this.#to = Math.min(limit, start + WINDOW_BYTES);
    this.#runs.load(this.#bytes, start, this.#to);
  }
}
