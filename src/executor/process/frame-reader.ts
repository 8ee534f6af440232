/**
 * FrameReader: reads frames from the chunks of a stream.
 * @module
 */

import { messageOf } from "../../error.ts";
import { checksum, deserialize } from "./clone.ts";
import {
  type Content,
  checkOf,
  HEADER_WORDS,
  MAGIC,
  MAX_FRAME_BYTES,
  MAX_PARTS,
  placePart,
} from "./frame.ts";

/** The receiver of messages. */
export interface FrameEvents {
  message(message: unknown): void;
  /** Called for the message of a call that cannot be read. The stream goes on after it. */
  unreadable(call: number, error: Error): void;
}

const WORD = Uint32Array.BYTES_PER_ELEMENT;

/** The bytes that come next. */
type Stage = "header" | "sizes" | "body" | "parts";

/** Bytes that are no frame: the stream cannot be read any further. The message ends a sentence. */
export class BrokenFrame extends Error {}

/** Reads frames. It holds one of them at most. */
export class FrameReader {
  readonly #events: FrameEvents;
  #stage: Stage = "header";
  /** The memory that is being filled, and how far it is. */
  #target: Uint8Array = new Uint8Array(HEADER_WORDS * WORD);
  #filled = 0;
  #header: Uint32Array = new Uint32Array(HEADER_WORDS);
  #sizes: Uint32Array = new Uint32Array(0);
  #content: Content | undefined;
  #part = 0;

  constructor(events: FrameEvents) {
    this.#events = events;
  }

  /** @throws BrokenFrame */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      const take = Math.min(chunk.length - at, this.#target.length - this.#filled);
      this.#target.set(chunk.subarray(at, at + take), this.#filled);
      this.#filled += take;
      at += take;
      while (this.#filled === this.#target.length) this.#next();
    }
  }

  /** Handles the memory that has been filled, and begins with the next. */
  #next(): void {
    switch (this.#stage) {
      case "header":
        this.#header = wordsOf(this.#target);
        checkHeader(this.#header);
        return this.#begin("sizes", (this.#header[3] ?? 0) * WORD);
      case "sizes":
        this.#sizes = wordsOf(this.#target);
        checkSizes(this.#header, this.#sizes);
        return this.#begin("body", this.#header[2] ?? 0);
      case "body":
        this.#content = this.#read(() => contentOf(this.#target, this.#header[4]));
        this.#part = -1;
        return this.#nextPart();
      case "parts":
        return this.#nextPart();
    }
  }

  #nextPart(): void {
    this.#part += 1;
    const size = this.#sizes[this.#part];
    if (size === undefined) return this.#finish();
    const bare = this.#content?.tensors[this.#part];
    const memory = bare && this.#read(() => placePart(bare, size));
    if (memory === undefined) this.#content = undefined;
    // The parts of a message that cannot be read are read, and dropped.
    this.#start("parts", memory ?? memoryOf(size));
  }

  #finish(): void {
    const content = this.#content;
    this.#content = undefined;
    this.#begin("header", HEADER_WORDS * WORD);
    if (content !== undefined) this.#events.message(content.message);
  }

  #begin(stage: Stage, bytes: number): void {
    this.#start(stage, memoryOf(bytes));
  }

  #start(stage: Stage, target: Uint8Array): void {
    this.#stage = stage;
    this.#target = target;
    this.#filled = 0;
  }

  /** Returns the result of a reading, or reports that it failed. */
  #read<T>(work: () => T): T | undefined {
    const call = this.#header[1] ?? 0;
    try {
      return work();
    } catch (error) {
      if (call === 0) throw new BrokenFrame(`a message cannot be read: ${messageOf(error)}`);
      this.#events.unreadable(call, error instanceof Error ? error : new Error(messageOf(error)));
      return undefined;
    }
  }
}

/** @throws BrokenFrame for more memory than there is */
function memoryOf(bytes: number): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (error) {
    throw new BrokenFrame(`there is no memory for ${bytes} bytes from it: ${messageOf(error)}`);
  }
}

/** @throws Error for bytes that are not the content of a frame */
function contentOf(bytes: Uint8Array, sum: number | undefined): Content {
  if (checksum(bytes) !== sum) throw new Error("its bytes are damaged");
  const { message, tensors } = (deserialize(bytes) ?? {}) as Partial<Content>;
  const isContent = isObject(message) && Array.isArray(tensors) && tensors.every(isObject);
  if (isContent) return { message, tensors };
  throw new TypeError("it is not of this program");
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / WORD);
}

function checkHeader(header: Uint32Array): void {
  const [magic, , size = 0, parts = 0, , check] = header;
  if (magic !== MAGIC || check !== checkOf(header) || parts > MAX_PARTS || size === 0) {
    const words = [...header].map((word) => word.toString(16).padStart(8, "0")).join(" ");
    throw new BrokenFrame(`bytes that are no message came from it: ${words}`);
  }
}

function checkSizes([, , size = 0]: Uint32Array, sizes: Uint32Array): void {
  const total = sizes.reduce((sum, part) => sum + part, size);
  if (total <= MAX_FRAME_BYTES) return;
  throw new BrokenFrame(`a message of ${total} bytes came from it, more than ${MAX_FRAME_BYTES}`);
}
