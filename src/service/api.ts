/**
 * API: one endpoint of a service, the same over every protocol.
 * @module
 */

import { checkChoice } from "../check.ts";
import type { InputOf, Io, OutputOf } from "../io/io.ts";
import { LANES, type Lane } from "../runner/call-options.ts";
import { type ApiCacheOptions, checkCacheOptions } from "./cache-options.ts";
import type { Context } from "./context.ts";
import { checkRoute } from "./routes.ts";

// biome-ignore lint/suspicious/noExplicitAny: a descriptor of any type must fit in here
export type AnyIo = Io<any, any>;

/** The input, output and route of an endpoint. */
export interface ApiOptions<I extends AnyIo, O extends AnyIo> {
  readonly input: I;
  readonly output: O;
  /** The HTTP path, of one or more segments. Default: the API's name. */
  readonly route?: string;
  /** The description of the endpoint in `/openapi.json`. */
  readonly description?: string;
  /**
   * Keeps the answers, and computes an input once for all requests that ask for it at a time; for
   * APIs whose answer depends on their input and their caller alone. `true` has the defaults.
   * Default: no cache. Streams are not kept.
   */
  readonly cache?: ApiCacheOptions | true;
  /**
   * True if it answers with a stream, for documents about the service. Default: true for an async
   * generator function, otherwise false.
   */
  readonly stream?: boolean;
  /** The priority of its requests, unless they ask for another. Default `interactive`. */
  readonly lane?: Lane;
}

/** Whether an answer is one value or a stream of them. An API may have answers of both modes. */
export type AnswerMode = "value" | "stream";

/** The answers of each mode. */
interface AnswersOf<Out> extends Record<AnswerMode, unknown> {
  readonly value: Out;
  readonly stream: AsyncIterable<Out>;
}

/** One output, or a stream of outputs. */
export type Answer<Out, M extends AnswerMode = AnswerMode> =
  | AnswersOf<Out>[M]
  | Promise<AnswersOf<Out>[M]>;

/** Turns an input into an output or, as an async generator, into a stream of outputs. */
export type Handler<In, Out, M extends AnswerMode = AnswerMode> = (
  input: In,
  context: Context,
) => Answer<Out, M>;

/** The mode of a handler by the type that it returns, of which clients know what to expect. */
type ModeOf<R> = 0 extends 1 & R
  ? AnswerMode
  : [Awaited<R>] extends [never]
    ? "value"
    : unknown extends R
      ? AnswerMode
      : [Awaited<R>] extends [AsyncIterable<unknown>]
        ? "stream"
        : [Extract<Awaited<R>, AsyncIterable<unknown>>] extends [never]
          ? "value"
          : AnswerMode;

/**
 * As `Answer`, for the inference of the type that a handler returns: of a union, TypeScript leaves
 * out the members that `Answer` has, too.
 */
type Inferring<Out> = Out | Items<Out> | Later<Out | Items<Out>>;

interface Items<Out> {
  [Symbol.asyncIterator](): AsyncIterator<Out>;
}

interface Later<T> extends Promise<T> {}

/**
 * Checks the type `R` that a handler returns. If it fits the output, the result is `Handler`, which
 * checks literals as well, since TypeScript infers those only once it knows the output. Otherwise
 * the result is a type that no handler has, so that the compiler names both types in two lines.
 */
export type Checked<R, In, Out> = [R] extends [Answer<Out> | Answer<Widened<Out>>]
  ? Handler<In, Out>
  : MustReturn<Out>;

/** A type with `string` in place of its literals, and arrays in place of tuples. */
type Widened<T> = T extends string
  ? string
  : T extends number
    ? number
    : T extends boolean
      ? boolean
      : T extends readonly (infer Item)[]
        ? readonly Widened<Item>[]
        : T extends { readonly [Symbol.toStringTag]: string } | ((...args: never) => unknown)
          ? T
          : T extends object
            ? { [K in keyof T]: Widened<T[K]> }
            : T;

/** A handler that returns `Out`, a promise or a stream of it. For error messages only. */
export interface MustReturn<Out> {
  readonly [returns]: Out;
}

declare const returns: unique symbol;

/**
 * The definition of one endpoint.
 *
 * @typeParam M whether it answers with one value or with a stream
 */
export interface Api<I extends AnyIo, O extends AnyIo, M extends AnswerMode = AnswerMode>
  extends ApiOptions<I, O> {
  readonly handler: Handler<InputOf<I>, OutputOf<O>, M>;
}

/** An endpoint of any input and output. */
export interface AnyApi extends ApiOptions<AnyIo, AnyIo> {
  // biome-ignore lint/suspicious/noExplicitAny: handlers of every type must fit in here
  readonly handler: Handler<any, any>;
}

/**
 * Defines one endpoint.
 *
 * @typeParam R the type that the handler returns, which must fit the output
 *
 * @example
 * api({ input: text(), output: json<{ words: number }>() }, (words) => ({
 *   words: words.split(/\s+/).length,
 * }));
 */
export function api<const I extends AnyIo, const O extends AnyIo, R = never>(
  options: ApiOptions<I, O>,
  handler: ((input: InputOf<I>, context: Context) => R | Inferring<OutputOf<O>>) &
    Checked<R, InputOf<I>, OutputOf<O>>,
): Api<I, O, ModeOf<R>> {
  requireIo("input", options.input);
  requireIo("output", options.output);
  if (typeof handler !== "function") {
    throw new TypeError(`Cannot define an API: its handler must be a function, not ${handler}`);
  }
  checkChoice("lane", options.lane, LANES);
  if (options.cache !== undefined && options.cache !== true) checkCacheOptions(options.cache);
  if (options.route !== undefined) checkRoute(options.route);
  checkChoice("stream", options.stream, [true, false]);
  const stream = options.stream ?? isGenerator(handler);
  return { ...options, stream, handler: handler as Handler<InputOf<I>, OutputOf<O>, ModeOf<R>> };
}

/** Returns true for an async generator function, of any realm. */
function isGenerator(handler: unknown): boolean {
  return Object.prototype.toString.call(handler) === "[object AsyncGeneratorFunction]";
}

function requireIo(side: "input" | "output", io: unknown): void {
  const { kind, decode, encode } = (io ?? {}) as Partial<AnyIo>;
  const isCodec = typeof decode === "function" && typeof encode === "function";
  if (isCodec && typeof kind === "string") return;
  if (isCodec) {
    throw new TypeError(
      `Cannot define an API: the "kind" of its ${side} must be a name such as "audio", not ${kind}`,
    );
  }
  throw new TypeError(
    `Cannot define an API: its ${side} must be a descriptor such as text() or json(), not ${io}`,
  );
}
