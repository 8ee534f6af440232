/**
 * ProcessOutput: writes the lines of the log to the output of the process, in the background. A
 * slow or a closed reader of the output loses lines, but neither delays nor ends the process.
 * @module
 */

import { write, writeSync } from "node:fs";
import process from "node:process";
import { MIB } from "../limits.ts";
import type { LogOutput } from "../log.ts";
import { TextBuffer } from "./text-buffer.ts";

/** The lines of requests are written together after this time, or from this length on. */
const FLUSH_MS = 50;
const FLUSH_BYTES = 64 * 1024;

/** The most text that waits for a slow reader. */
const MAX_WAITING_BYTES = 4 * MIB;

/** The time after which a full pipe is tried again, in milliseconds. */
const RETRY_MS = 10;

/** The time that a write under way has left when the process ends, in milliseconds. */
const LAST_MS = 20;

/** The most attempts to write to a full pipe when the process ends. */
const MAX_LAST_ATTEMPTS = 100;

/** The descriptors of the standard output and of that for errors. */
type Descriptor = 1 | 2;

/** Called with the number of bytes that were written, or with what was in the way. */
type Written = (error: NodeJS.ErrnoException | null, bytes: number) => void;

/** The part of Deno's global that is used here. */
type DenoOutputs = Readonly<
  Record<"stdout" | "stderr", { write(bytes: Uint8Array): Promise<number> }>
>;

/** Writes in a thread of its own: a full pipe must not stop the event loop. */
function writeBehind(descriptor: Descriptor, bytes: Uint8Array, written: Written): void {
  const { Deno } = globalThis as { readonly Deno?: DenoOutputs };
  if (Deno === undefined) {
    write(descriptor, bytes, 0, bytes.length, null, written);
    return;
  }
  // Deno's `write()` of node:fs waits for a full pipe.
  const stream = descriptor === 1 ? Deno.stdout : Deno.stderr;
  stream.write(bytes).then(
    (count) => written(null, count),
    (error: NodeJS.ErrnoException) => written(error, 0),
  );
}

/** One of the two outputs. */
class Stream {
  readonly #descriptor: Descriptor;
  readonly #waiting = new TextBuffer(FLUSH_BYTES);
  #lost = 0;
  #isClosed = false;
  /** The bytes that are being written. */
  #underWay: Uint8Array | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onIdle: (() => void)[] = [];
  readonly #flush = (): void => this.#start();

  constructor(descriptor: Descriptor) {
    this.#descriptor = descriptor;
  }

  add(line: string, delayMs: number): void {
    if (this.#isClosed) return;
    if (this.#waiting.length + line.length > MAX_WAITING_BYTES) {
      this.#lost += 1;
      return;
    }
    this.#waiting.add(line);
    if (this.#underWay !== undefined) return;
    const isSoon = delayMs === 0 || this.#waiting.length >= FLUSH_BYTES;
    if (isSoon) this.#start();
    else if (this.#timer === undefined) {
      this.#timer = setTimeout(this.#flush, delayMs);
      this.#timer.unref?.();
    }
  }

  /** Resolves when all has been written. */
  idle(): Promise<void> {
    if (this.#underWay === undefined) this.#start();
    if (this.#underWay === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#underWay !== undefined) return;
    const bytes = this.#take();
    if (bytes.length > 0) this.#write(bytes);
  }

  #take(): Uint8Array {
    if (this.#lost > 0) {
      this.#waiting.add(`(${this.#lost} lines were lost: the reader is slow)\n`);
      this.#lost = 0;
    }
    return this.#waiting.take();
  }

  #write(bytes: Uint8Array): void {
    this.#underWay = bytes;
    writeBehind(this.#descriptor, bytes, (error, written) => {
      if (error !== null && error.code === "EAGAIN") {
        setTimeout(() => this.#write(bytes), RETRY_MS).unref?.();
        return;
      }
      if (error !== null) return this.#close(); // EPIPE: nobody reads it any more
      if (written < bytes.length) return this.#write(bytes.subarray(written));
      this.#underWay = undefined;
      if (this.#waiting.length > 0) return this.#start();
      this.#settle();
    });
  }

  #close(): void {
    this.#isClosed = true;
    this.#underWay = undefined;
    this.#waiting.take();
    this.#settle();
  }

  #settle(): void {
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** Writes what waits, at the end of the process. */
  finish(): void {
    if (this.#isClosed) return;
    if (this.#underWay !== undefined) {
      // Its thread may need a moment. If it still waits then, so would everything after it.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_MS);
      return;
    }
    let rest = this.#take();
    for (let left = MAX_LAST_ATTEMPTS; rest.length > 0 && left > 0; left -= 1) {
      try {
        rest = rest.subarray(writeSync(this.#descriptor, rest));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== "EAGAIN") return;
      }
    }
  }
}

/** The output of this process. */
class ProcessOutput implements LogOutput {
  readonly #out = new Stream(1);
  readonly #errors = new Stream(2);

  constructor() {
    process.once("exit", () => {
      this.#out.finish();
      this.#errors.finish();
    });
  }

  write(line: string, isProblem: boolean): void {
    (isProblem ? this.#errors : this.#out).add(line, 0);
  }

  writeSoon(line: string): void {
    this.#out.add(line, FLUSH_MS);
  }

  async idle(): Promise<void> {
    await Promise.all([this.#out.idle(), this.#errors.idle()]);
  }
}

let output: ProcessOutput | undefined;

/** Returns the output of this process. */
export function processOutput(): LogOutput {
  output ??= new ProcessOutput();
  return output;
}

/** Resolves when the lines so far have been written, or after a time. */
export async function logsWritten(withinMs: number): Promise<void> {
  if (output === undefined) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, withinMs);
  });
  await Promise.race([output.idle(), late]);
  clearTimeout(timer);
}
