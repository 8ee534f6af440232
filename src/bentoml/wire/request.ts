/**
 * readRequest(): reads BentoML's message `Request` from its bytes. JSON and floats, of which there
 * may be many, become values at once, without messages in between.
 * @module
 */

import type { NDArray_DType as MessageDType } from "../../gen/bentoml/grpc/v1/service_pb.ts";
import { TextReader } from "../../protobuf/text-reader.ts";
import type { RequestContent, RequestNdarray } from "../content/message.ts";
import { JsonContent } from "./json-content.ts";
import { readJsonValue, UNUSUAL } from "./json-reader.ts";
import { DOUBLES, DTYPE, FILE_CONTENT, FILE_KIND, FLOATS, SHAPE, TEXT_VALUE } from "./tags.ts";

/** The name of an API, and its input. */
export interface WireRequest {
  readonly apiName: string;
  readonly content: RequestContent;
}

/** The tags of the fields of `Request`. */
const API_NAME = 0x0a;
const SERIALIZED_BYTES = 0x12;
const NDARRAY = 0x1a;
const FILE = 0x3a;
const TEXT = 0x42;
const JSON_VALUE = 0x4a;

/** The fields of an array without values. */
const NO_VALUES = {
  floatValues: [],
  doubleValues: [],
  stringValues: [],
  boolValues: [],
  int32Values: [],
  int64Values: [],
  uint32Values: [],
  uint64Values: [],
} satisfies Omit<RequestNdarray, "dtype" | "shape">;

/**
 * Reads a request in the form that encoders write, with text, bytes, a file, JSON or an array of
 * floats. Returns `undefined` for any other, and for a malformed one: the general parser reads
 * those.
 */
export function readRequest(bytes: Uint8Array): WireRequest | undefined {
  try {
    return new RequestReader(bytes).read();
  } catch (thrown) {
    // A string that is not UTF-8 is a TypeError.
    if (thrown === UNUSUAL || thrown instanceof TypeError) return undefined;
    throw thrown;
  }
}

class RequestReader {
  readonly #bytes: Uint8Array;
  readonly #texts: TextReader;
  #at = 0;
  /** The end of the part that is read. */
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#texts = new TextReader(bytes);
    this.#end = bytes.length;
  }

  read(): WireRequest {
    const apiName = this.#takes(API_NAME) ? this.#text() : "";
    const tag = this.#bytes[this.#at++];
    const length = this.#varint();
    if (this.#at + length !== this.#end) throw UNUSUAL; // the rest of the message, or too long
    return { apiName, content: this.#content(tag) };
  }

  #content(tag: number | undefined): RequestContent {
    switch (tag) {
      case SERIALIZED_BYTES:
        return { case: "serializedBytes", value: this.#bytes.subarray(this.#at) };
      case FILE:
        return { case: "file", value: this.#file() };
      case TEXT: {
        const value = this.#takes(TEXT_VALUE) ? this.#text() : "";
        return this.#complete({ case: "text", value: { value } });
      }
      case JSON_VALUE: {
        const value = readJsonValue(this.#bytes, this.#at, this.#end);
        if (value === UNUSUAL) throw UNUSUAL;
        return { case: "json", value: new JsonContent(value) };
      }
      case NDARRAY:
        return { case: "ndarray", value: this.#ndarray() };
      default:
        throw UNUSUAL;
    }
  }

  #file(): { kind?: string; content: Uint8Array } {
    const content = this.#takes(FILE_CONTENT) ? this.#part() : new Uint8Array();
    return this.#complete(this.#takes(FILE_KIND) ? { content, kind: this.#text() } : { content });
  }

  #ndarray(): RequestNdarray {
    // Any number may be sent, even one that no type has.
    const dtype = (this.#takes(DTYPE) ? this.#varint() : 0) as MessageDType;
    const shape: number[] = [];
    if (this.#takes(SHAPE)) {
      const end = this.#endOfPart();
      while (this.#at < end) shape.push(this.#varint());
      if (this.#at !== end) throw UNUSUAL;
    }
    const array = { ...NO_VALUES, dtype, shape };
    if (this.#takes(FLOATS)) {
      return this.#complete({ ...array, floatValues: new Float32Array(this.#elements(4)) });
    }
    if (!this.#takes(DOUBLES)) throw UNUSUAL;
    return this.#complete({ ...array, doubleValues: new Float64Array(this.#elements(8)) });
  }

  /** Copies the elements of an array, little-endian as every runtime has them. */
  #elements(elementBytes: number): ArrayBuffer {
    const part = this.#part();
    if (part.length % elementBytes !== 0) throw UNUSUAL;
    return new Uint8Array(part).buffer;
  }

  /** Returns true, and goes on, if a field is the next. */
  #takes(tag: number): boolean {
    if (this.#at === this.#end || this.#bytes[this.#at] !== tag) return false;
    this.#at += 1;
    return true;
  }

  #text(): string {
    const end = this.#endOfPart();
    const text = this.#texts.read(this.#at, end);
    this.#at = end;
    return text;
  }

  #part(): Uint8Array {
    const end = this.#endOfPart();
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  #endOfPart(): number {
    const length = this.#varint();
    const end = this.#at + length;
    if (end > this.#end) throw UNUSUAL;
    return end;
  }

  /** Reads a varint below 2^28, which takes four bytes at most. */
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#bytes[this.#at++] ?? 0xff;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw UNUSUAL;
  }

  #complete<T>(value: T): T {
    if (this.#at !== this.#end) throw UNUSUAL;
    return value;
  }
}
