/**
 * Invocation: one request to one API, or to one method of a mounted service, over any protocol. A
 * protocol provides the facts of the request and three steps, and sends the result. All requests
 * take the same path: guards, decode, handler, encode; then count, log, trace and explain. A
 * protocol may open it before it receives the request, so that guards can reject it unread.
 * @module
 */

import type { Clock } from "../clock.ts";
import { httpStatus, type ServiceError } from "../error.ts";
import { asServiceError } from "../service/answer.ts";
import { type Context, orAborted } from "../service/context.ts";
import type { Service } from "../service/service.ts";
import { isStream } from "../service/stream.ts";
import { traceOf } from "../service/trace.ts";
import { AnswerStream } from "./answer-stream.ts";
import type { AnswerTimes } from "./answer-times.ts";
import { EXPLAIN, explanationOf } from "./explain.ts";
import { admit, type Guard, GuardRun } from "./guards.ts";
import { requestedLane } from "./lane.ts";
import { openContext, type RequestContext } from "./open-context.ts";
import type { RequestFacts } from "./request-facts.ts";
import { checkResponse } from "./response.ts";

/** The parts that the invocations of a service share. */
export interface InvocationHost {
  readonly service: Service;
  /** The guards around every request, the first one outermost. */
  readonly guards: readonly Guard[];
  readonly clock: Clock;
  readonly answerTimes: AnswerTimes;
}

/** The steps of a request that depend on its protocol. Each may throw any error. */
export interface Steps<In, Out, W> {
  /** Makes the handler's input from the body or the message. */
  decode(): In | Promise<In>;
  /** Runs the handler. */
  handle(input: In, context: Context): Promise<Out | AsyncIterable<Out>>;
  /**
   * Makes the body or the message of a handler's output.
   *
   * @param isItem true for an item of a stream
   */
  encode(output: Out, isItem: boolean): W | Promise<W>;
}

/**
 * The part of a caller's timeout after which its disconnect counts as the end of that timeout:
 * clients disconnect at their deadlines, a little before the server sees the same ones pass.
 */
const TIMED_OUT_FRACTION = 0.9;

/** One request. Disposing of it records its status, even if its caller has disconnected. */
export class Invocation implements Disposable {
  readonly context: RequestContext;
  readonly facts: RequestFacts;
  readonly #host: InvocationHost;
  /** From this time on, a disconnect counts as a timeout. */
  readonly #timedOutAt: number;
  /** The status for the metrics; undefined until the answer is known. */
  #status: number | undefined;
  #isOver = false;
  /** The guards, once they have started. */
  #guardRun: GuardRun | undefined;

  constructor(host: InvocationHost, facts: RequestFacts) {
    const { callerTimeoutMs } = facts;
    this.#host = host;
    this.facts = facts;
    this.#timedOutAt =
      callerTimeoutMs === undefined
        ? Number.POSITIVE_INFINITY
        : host.clock.now() + callerTimeoutMs * TIMED_OUT_FRACTION;
    this.context = openContext(facts, host);
  }

  /**
   * Opens the request before it is received: runs its guards up to where they want it.
   *
   * @param endpoint the API's name, if it is known already
   * @throws what a guard throws to reject it
   */
  async open(endpoint?: string): Promise<void> {
    await this.#startGuards(endpoint).untilWanted();
  }

  /** Returns the API's name. Where the request carries it, that is received first. */
  receive(): Promise<string> {
    return this.#guardRun?.receive() ?? Promise.resolve(this.facts.endpoint);
  }

  /**
   * Answers the request: a value, or a stream of which the first item has been made.
   *
   * @throws what a guard or a step throws; the signal's reason as soon as it is aborted
   */
  async answer<In, Out, W>(steps: Steps<In, Out, W>): Promise<W | AnswerStream<W>> {
    if (this.#host.guards.length === 0) {
      this.#admit();
      return await this.#run(steps);
    }
    const run = this.#guardRun ?? this.#startGuards(undefined);
    await run.untilPassed(this.facts.endpoint);
    let answer: { readonly made: W | AnswerStream<W> } | undefined;
    const answering = this.#run(steps).then((made) => {
      answer = { made };
    });
    try {
      await run.end(answering);
      if (answer === undefined) throw new TypeError("A guard ended before its next()");
      checkResponse(this.context.response);
      return answer.made;
    } catch (error) {
      if (answer?.made instanceof AnswerStream) answer.made.cancel();
      throw error;
    }
  }

  /**
   * Ends the guards of an open request that no handler answers.
   *
   * @param thrown the error that it ends with; undefined if something else has answered it
   * @throws what the guards throw, which is that error as a rule
   */
  async endUnhandled(thrown: unknown): Promise<void> {
    const answering = thrown === undefined ? Promise.resolve() : Promise.reject(thrown);
    await this.#guardRun?.end(answering);
  }

  #admit(): void {
    admit(this.#host.service, this.facts);
    this.context.requestedLane = requestedLane(this.facts);
  }

  #startGuards(endpoint: string | undefined): GuardRun {
    this.#admit();
    this.#guardRun = new GuardRun();
    this.#guardRun.start(this.#host.guards, this, endpoint);
    return this.#guardRun;
  }

  /** Decode, handler, encode. */
  async #run<In, Out, W>({ decode, handle, encode }: Steps<In, Out, W>) {
    const input = await this.#inTime(decode());
    this.context.throwIfAborted(); // no inference for a caller that has disconnected
    const output = await handle(input, this.context);
    const answer = isStream(output)
      ? await AnswerStream.open(this.#items(output, encode))
      : await this.#inTime(encode(output, false));
    this.#explain("headers");
    checkResponse(this.context.response);
    return answer;
  }

  async *#items<Out, W>(
    outputs: AsyncIterable<Out>,
    encode: Steps<unknown, Out, W>["encode"],
  ): AsyncGenerator<W, void, undefined> {
    for await (const output of outputs) {
      const item = await this.#inTime(encode(output, true));
      // It is sent at once, as the client has asked for it; when it asks for the next is up to it.
      this.context.answered();
      yield item;
    }
    // The headers have been sent.
    this.#explain("trailers");
    checkResponse(this.context.response);
  }

  /**
   * Waits for a step, or until the signal is aborted. Most steps of small requests return at once,
   * and a race is expensive.
   */
  #inTime<T>(made: T | Promise<T>): T | Promise<T> {
    this.context.throwIfAborted();
    return made instanceof Promise ? orAborted(made, this.context.signal) : made;
  }

  /** The batches of the request, if its caller asks for them: see `EXPLAIN`. */
  get explanation(): string | undefined {
    const { calls } = this.context;
    if (calls.length === 0 || this.facts.header(EXPLAIN) !== "1") return undefined;
    return explanationOf(calls);
  }

  #explain(where: "headers" | "trailers"): void {
    const { explanation } = this;
    if (explanation !== undefined) this.context.response[where].set(EXPLAIN, explanation);
  }

  /** Sets the status for the metrics, of an answer or of an error of the protocol itself. */
  endWith(status: number): void {
    this.#status = status;
  }

  /**
   * Returns the error to send. Anything but a `ServiceError` is logged in full, and masked.
   */
  fail(thrown: unknown): ServiceError {
    const { endpoint, requestId } = this.facts;
    const error = asServiceError(thrown, { api: endpoint, requestId });
    if (error.code !== "canceled") this.#status = httpStatus(error.code);
    return error;
  }

  /** The status for the metrics. */
  get status(): number {
    const isLate = this.#host.clock.now() >= this.#timedOutAt;
    return this.#status ?? httpStatus(isLate ? "deadline_exceeded" : "canceled");
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.context.answered();
    this.context[Symbol.dispose]();
    this.facts.counted.handled(this.status, traceOf(this.facts.header("traceparent")));
  }
}
