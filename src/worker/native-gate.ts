/**
 * NativeGate: shared state that tells the main thread whether a worker is inside native code.
 *
 * `terminate()` on a thread inside a Node-API addon ends the whole process on Bun and Node: the
 * addon returns to an engine that runs no more JavaScript, and aborts. The gate is one word of
 * shared memory. The worker enters and leaves native code through it, and the main thread closes
 * it before it terminates the thread, so that neither can overtake the other.
 * @module
 */

/** The shared word: the number of native calls under way, with `RETIRED`; or `CLOSED`, `PARKED`. */
export type GateWord = Int32Array<SharedArrayBuffer>;

/** The flag of a thread that must close as soon as it leaves native code. */
const RETIRED = 1 << 30;
/** The thread may be terminated at any moment, and must not enter native code. */
const CLOSED = -1;
/** As `CLOSED`, and the thread waits to be terminated. */
const PARKED = -2;

/** The gates of all live threads. */
const gates = new Set<NativeGate>();

/** Returns true if a worker thread of this process is inside native code. */
export function isAnyInNativeCode(): boolean {
  return [...gates].some((gate) => gate.isInside);
}

/** The main thread's side of a gate. */
export interface Gate {
  /** True while the worker is inside native code. */
  readonly isInside: boolean;
  /** True while the worker waits to be terminated. */
  readonly isParked: boolean;
  /**
   * Closes the gate, after which the worker may be terminated.
   *
   * @returns false for a worker that is inside native code: it is retired, which means that it
   *   enters none again, and calls `onReturn` when it has left
   */
  close(): boolean;
  /** Removes the gate of a worker that has ended. */
  forget(): void;
}

/** The gate of a worker that may be terminated at any moment. */
export const NO_GATE: Gate = {
  isInside: false,
  isParked: false,
  close: () => true,
  forget() {},
};

/** The gate of a thread, for its lifetime. */
export class NativeGate implements Gate {
  readonly word: GateWord = new Int32Array(new SharedArrayBuffer(4));

  constructor() {
    gates.add(this);
  }

  get isInside(): boolean {
    const state = Atomics.load(this.word, 0);
    return state > 0 && state !== RETIRED;
  }

  get isParked(): boolean {
    return Atomics.load(this.word, 0) === PARKED;
  }

  close(): boolean {
    for (;;) {
      const state = Atomics.load(this.word, 0);
      if (state < 0) return true;
      const isOutside = (state & ~RETIRED) === 0;
      const next = isOutside ? CLOSED : state | RETIRED;
      if (Atomics.compareExchange(this.word, 0, state, next) === state) return isOutside;
    }
  }

  forget(): void {
    gates.delete(this);
  }
}

/** The worker's side of a gate. */
export class WorkerGate {
  readonly #word: GateWord;
  readonly #onReturn: () => void;
  #isClosing = false;

  /**
   * @param onReturn called when the thread has left native code and is retired, or waits to be
   *   terminated
   */
  constructor(word: GateWord, onReturn: () => void) {
    this.#word = word;
    this.#onReturn = onReturn;
  }

  /** Allows a retired thread to enter native code again, to free its resources there. */
  startClosing(): void {
    this.#isClosing = true;
  }

  /**
   * Runs code that calls into a native addon.
   *
   * @throws Error in a retired thread
   */
  async run<T>(work: () => T | Promise<T>): Promise<T> {
    this.#enter();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #enter(): void {
    for (;;) {
      const state = Atomics.load(this.#word, 0);
      if (state < 0) this.#park();
      else if (state >= RETIRED && !this.#isClosing) {
        throw new Error("This worker is being closed: its call took too long");
      } else if (Atomics.compareExchange(this.#word, 0, state, state + 1) === state) return;
    }
  }

  #leave(): void {
    if (Atomics.sub(this.#word, 0, 1) - 1 === RETIRED) this.#onReturn();
  }

  /** Blocks until the thread is terminated. A thread that waits here can be stopped on Deno too. */
  #park(): void {
    Atomics.store(this.#word, 0, PARKED);
    this.#onReturn();
    Atomics.wait(this.#word, 0, PARKED);
  }
}
