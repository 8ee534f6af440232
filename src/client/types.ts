/**
 * The types of a client, which follow from the type of its service alone.
 * @module
 */

import type { MultipartIo } from "../io/form/multipart.ts";
import type { OutputOf } from "../io/io.ts";
import type { SeriesIo } from "../io/table/series.ts";
import type { NdarrayIo } from "../io/tensor/ndarray.ts";
import type { AnswerMode, Api } from "../service/api.ts";
import type { Apis } from "../service/service-options.ts";
import type { DType, Tensor } from "../tensor.ts";
import type { CallOptions } from "./options.ts";

/** The part of a service that its clients know: the type of its APIs. */
export interface ServiceLike {
  readonly apis: Apis;
}

/** A method for each API of a service, by its name. */
export type Client<S extends ServiceLike> = {
  readonly [N in keyof S["apis"]]: MethodOf<S["apis"][N]>;
};

type MethodOf<A> =
  A extends Api<infer I, infer O, infer M>
    ? (input: Sent<I>, options?: CallOptions) => Returned<Received<O>, M>
    : never;

/**
 * The result of a call: a promise of a value, or the items of a stream. Of an API that answers
 * with the one or the other, it is both: iterated, one value is a stream of one item.
 */
type Returned<T, M extends AnswerMode> = [M] extends ["value"]
  ? Promise<T>
  : [M] extends ["stream"]
    ? AsyncIterable<T>
    : Promise<T | AsyncIterable<T>> & AsyncIterable<T>;

/** The bytes of a file, in memory. */
export type Bytes = Blob | ArrayBuffer | Uint8Array;

/** The bytes of a file, with its media type and its name. A `File` has all three. */
export interface NamedBytes {
  readonly bytes: Uint8Array;
  readonly type?: string | undefined;
  readonly filename?: string | undefined;
}

/** Pixels of 8 bits a channel, such as the `ImageData` of a canvas, or a `Picture`. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 1 for grey, 3 for RGB, 4 for RGB and alpha, which is the default. */
  readonly channels?: 1 | 3 | 4;
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** A picture to send: a file of it, or its pixels, which are sent as PNG. */
export type ImageInput = Bytes | Pixels;

/** A file to send. */
export type FileInput = Bytes | NamedBytes;

/** An array to send: a tensor, or nested arrays of its elements. */
export type ArrayInput<D extends DType = DType> = Tensor<D> | NestedArray<ElementOf<D>>;

/** Nested arrays; a scalar is bare. */
export type NestedArray<T> = T | readonly NestedArray<T>[];

type ElementOf<D extends DType> = D extends "string"
  ? string
  : D extends "bool"
    ? boolean
    : D extends "int64" | "uint64"
      ? number | bigint
      : number;

/** The type that a client sends for a descriptor, by its kind. */
interface SentBy<I> {
  readonly text: string;
  readonly json: OutputOf<I>;
  readonly ndarray: I extends NdarrayIo<infer D> ? ArrayInput<D> : never;
  readonly namedTensors: OutputOf<I>;
  readonly dataframe: OutputOf<I>;
  readonly series: OutputOf<I>;
  readonly image: ImageInput;
  readonly file: FileInput;
  readonly multipart: I extends MultipartIo<infer F>
    ? { readonly [K in keyof F]: Sent<F[K]> }
    : never;
}

/** The type that a client sends for an input; bytes for a descriptor of another making. */
export type Sent<I> = I extends { readonly kind: infer K }
  ? K extends keyof SentBy<I>
    ? SentBy<I>[K]
    : Bytes
  : never;

/** The type that a client receives for a descriptor, by its kind. */
interface ReceivedBy<O> {
  readonly text: string;
  readonly json: Plain<OutputOf<O>>;
  readonly ndarray: O extends NdarrayIo<infer D> ? Tensor<D> : never;
  readonly namedTensors: OutputOf<O>;
  readonly dataframe: OutputOf<O>;
  readonly series: O extends SeriesIo<infer D> ? OutputOf<SeriesIo<D>> : never;
  readonly image: Blob;
  readonly file: File;
  readonly multipart: O extends MultipartIo<infer F>
    ? { readonly [K in keyof F]: Received<F[K]> }
    : never;
}

/** The type that a client receives for an output; bytes for a descriptor of another making. */
export type Received<O> = O extends { readonly kind: infer K }
  ? K extends keyof ReceivedBy<O>
    ? ReceivedBy<O>[K]
    : Uint8Array
  : never;

/** A value after its way through JSON; the type itself if JSON has all of it. */
type Plain<T> = 0 extends 1 & T ? T : [T] extends [Json<T>] ? T : Json<T>;

/** A type with the result of `toJSON()` in place of what has one: a `Date` becomes a string. */
type Json<T> = T extends string | number | boolean | bigint | null | undefined
  ? T
  : T extends { toJSON(...args: never): infer R }
    ? Json<R>
    : T extends (...args: never) => unknown
      ? undefined
      : T extends object
        ? { [K in keyof T]: Json<T[K]> }
        : T;
