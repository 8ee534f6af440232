/**
 * CallInPieces: a call whose rows differ in weight, such as texts of different lengths, cut into
 * pieces of like weight. They wait like calls of their own, each beside the other calls of its
 * weight, and their answers are put back into the order of the rows.
 * @module
 */

import type { Canceler } from "../pool/abort-listeners.ts";
import { Pending } from "../pool/pending.ts";
import type { CallQueue } from "../queue/call-queue.ts";
import { nextArrival, QueuedCall, type QueuedCallOptions } from "../queue/queued-call.ts";
import { joinRows, mismatchOf } from "../rows/join.ts";
import type { RowAxis } from "../rows/rows.ts";
import { takeRows } from "../rows/slices.ts";
import type { BatchSettings } from "./batch-options.ts";

/**
 * The most units of a piece, by the sum of the weights of its rows. Pieces are joined where that is
 * worth it, but never cut by weight again.
 */
const MAX_PADDING = 1.08;

/** Some rows of a call. */
export interface Piece {
  /** Their places in the call. */
  readonly places: Uint32Array;
  /** The weight of the heaviest. */
  readonly weight: number;
  /** The sum of their weights. */
  readonly netUnits: number;
}

/** The limits of a batch. */
type Limits = Pick<BatchSettings, "maxBatchSize" | "maxBatchWeight">;

/**
 * Cuts a call into pieces of like weight, the heaviest first. A piece has at most 1.08 times the
 * units that its rows weigh, and fits one batch, unless a single row is too heavy for any.
 */
export function piecesOf(
  weights: Float64Array,
  { maxBatchSize, maxBatchWeight }: Limits,
): readonly Piece[] {
  const order = Uint32Array.from(weights, (_, at) => at);
  const weightAt = (at: number): number => weights[order[at] as number] as number;
  order.sort((one, other) => (weights[other] as number) - (weights[one] as number) || one - other);
  const pieces: Piece[] = [];
  for (let begin = 0; begin < order.length; ) {
    const weight = weightAt(begin);
    let netUnits = weight;
    let end = begin + 1;
    for (; end < order.length && end - begin < maxBatchSize; end++) {
      const units = (end + 1 - begin) * weight;
      const netWith = netUnits + weightAt(end);
      if (units > maxBatchWeight || units > MAX_PADDING * netWith) break;
      netUnits = netWith;
    }
    pieces.push({ places: order.subarray(begin, end), weight, netUnits });
    begin = end;
  }
  return pieces;
}

/** Returns the units of pieces. */
export function unitsOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { places, weight }) => sum + places.length * weight, 0);
}

/** The queue of a call, and what else its pieces need. */
export interface PiecesContext {
  readonly options: QueuedCallOptions;
  readonly axisIn: RowAxis;
  readonly queue: Pick<CallQueue<QueuedCall>, "add" | "remove">;
  /** Called when the caller leaves; `wasQueued` is false if some rows have been sent. */
  canceled(wasQueued: boolean): void;
}

/**
 * A call that has been admitted, and whose pieces wait, run, or have been answered. It fails as
 * soon as one piece does.
 */
export class CallInPieces {
  readonly pending: Pending;
  readonly #context: PiecesContext;
  readonly #pieces: readonly Piece[];
  readonly #answers: unknown[] = [];
  #unanswered: number;
  /** The pieces in the queue and in batches; the call itself if it has to run in one batch. */
  #calls: QueuedCall[] = [];
  /** The batches whose records the caller has. */
  readonly #recorded = new WeakSet<object>();
  #isRecorded = false;

  constructor(pieces: readonly Piece[], context: PiecesContext) {
    const { options, queue, canceled } = context;
    const leave = (): void => {
      let wasQueued = true;
      for (const call of this.#calls) wasQueued = queue.remove(call) && !call.started && wasQueued;
      canceled(wasQueued);
    };
    this.#context = context;
    this.#pieces = pieces;
    this.#unanswered = pieces.length;
    this.pending = new SharedPending(options.canceler, leave, () => this.#clear());
    this.#calls = pieces.map((piece, at) => this.#callOf(piece, at));
    for (const call of this.#calls) queue.add(call);
  }

  #callOf({ places, weight, netUnits }: Piece, at: number): QueuedCall {
    const { options, axisIn } = this.#context;
    const rows = places.length;
    return new QueuedCall({
      ...options,
      ...{ rows, weight, meanWeight: netUnits / rows, order: nextArrival() },
      input: takeRows(options.input, places, axisIn),
      pending: this.pending,
      piece: at,
      answered: (value) => this.#answered(at, value),
      onCall: (record, batch) => {
        if (this.#recorded.has(batch)) return; // of another piece in it
        this.#recorded.add(batch);
        options.onCall?.({ ...record, rows: this.#isRecorded ? 0 : options.rows }, batch);
        this.#isRecorded = true;
      },
      unjoinable: (_, reason) => this.#restart(reason),
    });
  }

  /** Adds the answer of a piece. The last one settles the call. */
  #answered(at: number, value: unknown): void {
    this.#answers[at] = value;
    this.#unanswered -= 1;
    if (this.#unanswered > 0) return;
    const { rows, axisOut } = this.#context.options;
    const mismatch = mismatchOf(this.#answers, rows, axisOut);
    if (mismatch !== undefined) return this.#restart(mismatch);
    // The place of each row of the call in the joined answers.
    const places = new Uint32Array(rows);
    let place = 0;
    for (const piece of this.#pieces) {
      for (const row of piece.places) places[row] = place++;
    }
    this.pending.resolve(takeRows(joinRows(this.#answers, axisOut), places, axisOut));
  }

  /** Runs the call again as it was made, since the answers of its parts cannot be joined. */
  #restart(reason: string): void {
    const { options } = this.#context;
    this.#clear();
    this.#unanswered = Number.POSITIVE_INFINITY; // parts that still run are not counted
    this.#answers.length = 0;
    const whole = new QueuedCall({ ...options, order: nextArrival(), pending: this.pending });
    this.#calls = [whole];
    options.unjoinable(whole, reason);
  }

  #clear(): void {
    for (const call of this.#calls) this.#context.queue.remove(call);
  }
}

/** The answer to a call in pieces: an error of one piece ends the wait of the others. */
class SharedPending extends Pending {
  readonly #failed: () => void;

  constructor(canceler: Canceler | undefined, onAbort: () => void, failed: () => void) {
    super({ canceler, onAbort });
    this.#failed = failed;
  }

  override reject(error: unknown): void {
    super.reject(error);
    this.#failed();
  }
}
