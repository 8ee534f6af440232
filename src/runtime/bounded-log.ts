/**
 * BoundedLog: a file of lines that are written in the background. A slow or full disk ends the
 * file, but neither delays nor ends the process.
 * @module
 */

import { closeSync, openSync, write, writeSync } from "node:fs";
import process from "node:process";
import { messageOf } from "../error.ts";

/** The text that is collected before it is written, and the longest time until then. */
const FLUSH_CHARACTERS = 64 * 1024;
const FLUSH_MS = 100;
/** The most text that waits for a slow disk. */
const MAX_WAITING_CHARACTERS = 8 * 1024 * 1024;

/** The options of a log. */
export interface BoundedLogOptions {
  /** The size of the file, in bytes, from which on it gets no more lines. */
  readonly maxBytes: number;
  /** Returns the line that ends the file early. */
  lastLine(reason: string): string;
  /** Called once when no more is written, with the reason. */
  stopped(reason: string): void;
}

/** A file of lines. */
export class BoundedLog {
  readonly #path: string;
  readonly #options: BoundedLogOptions;
  #file: number | undefined;
  #lines: string[] = [];
  #waiting = 0;
  #bytes = 0;
  #isWriting = false;
  #hasEnded = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #onExit = (): void => this.close();

  /** @throws Error if the file cannot be opened */
  constructor(path: string, options: BoundedLogOptions) {
    this.#path = path;
    this.#options = options;
    this.#file = openSync(path, "w");
    process.once("exit", this.#onExit);
  }

  /** Adds a line, unless the log has ended. */
  add(line: string): void {
    if (this.#hasEnded) return;
    if (this.#waiting > MAX_WAITING_CHARACTERS) {
      this.#lines = [];
      return this.#end("the disk is too slow");
    }
    // A character of a line is one byte, but for names in other scripts.
    if (this.#bytes + this.#waiting + line.length > this.#options.maxBytes) {
      return this.#end(`it has reached its limit of ${this.#options.maxBytes} bytes`);
    }
    this.#lines.push(line);
    this.#waiting += line.length + 1;
    if (this.#waiting >= FLUSH_CHARACTERS) return this.#flush();
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
    this.#timer.unref?.();
  }

  /** Writes what is left, and closes the file. Safe to call twice. */
  close(): void {
    process.removeListener("exit", this.#onExit);
    clearTimeout(this.#timer);
    this.#hasEnded = true;
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    try {
      // A write that is under way has its own part of the file, before this one.
      const bytes = this.#take();
      writeSync(file, bytes, 0, bytes.length, this.#bytes);
    } catch {
      // The disk is full: the end of the trace is lost, as the lines before may be.
    }
    if (!this.#isWriting) closeSync(file);
  }

  #take(): Uint8Array {
    const text = this.#lines.length === 0 ? "" : `${this.#lines.join("\n")}\n`;
    this.#lines = [];
    this.#waiting = 0;
    return new TextEncoder().encode(text);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isWriting || this.#file === undefined) return;
    if (this.#lines.length > 0) this.#write(this.#file, this.#take());
    else if (this.#hasEnded) this.close();
  }

  #write(file: number, bytes: Uint8Array): void {
    this.#isWriting = true;
    const at = this.#bytes;
    this.#bytes += bytes.length;
    write(file, bytes, 0, bytes.length, at, (error, written) => {
      const rest = error === null && written < bytes.length ? bytes.subarray(written) : undefined;
      if (rest !== undefined) {
        this.#bytes = at + written;
        return this.#write(file, rest);
      }
      this.#isWriting = false;
      if (this.#file === undefined) return closeSync(file);
      if (error !== null) return this.#fail(messageOf(error));
      if (this.#hasEnded || this.#waiting >= FLUSH_CHARACTERS) this.#flush();
    });
  }

  /** Ends the file by a line that says why. */
  #end(reason: string): void {
    this.#hasEnded = true;
    this.#lines.push(this.#options.lastLine(reason));
    this.#flush();
    this.#options.stopped(`No more is recorded in ${this.#path}: ${reason}`);
  }

  /** After a failed write, nothing more can be written. */
  #fail(reason: string): void {
    this.#lines = [];
    this.close();
    this.#options.stopped(`No more is recorded in ${this.#path}: ${reason}`);
  }
}
