/**
 * Invocation: one request to one API, or to one method of a mounted service, over any protocol. A
 * protocol provides the facts of the request and three steps, and sends the result. All requests
 * take the same path: guards, decode, handler, encode; then count, log, trace and explain. A
 * protocol may open it before it receives the request, so that guards can reject it unread.
 * @module
 */

import type { Access } from "../access/access.ts";
import { withMethod } from "../access/request.ts";
import type { Clock } from "../clock.ts";
import { httpStatus, type ServiceError } from "../error.ts";
import { modelsText } from "../runner/used-model.ts";
import { asServiceError } from "../service/answer.ts";
import type { Context } from "../service/context.ts";
import type { Service } from "../service/service.ts";
import { isStream } from "../service/stream.ts";
import { traceOf } from "../service/trace.ts";
import { AnswerStream } from "./answer-stream.ts";
import type { AnswerTimes } from "./answer-times.ts";
import { EXPLAIN, explanationOf } from "./explain.ts";
import { admit, type Guard, GuardRun } from "./guards.ts";
import { requestedLane } from "./lane.ts";
import { openContext } from "./open-context.ts";
import type { RequestContext } from "./request-context.ts";
import type { RequestFacts } from "./request-facts.ts";
import { checkResponse } from "./response.ts";
import { handledWithin } from "./traced-handler.ts";

/** The parts that the invocations of a service share. */
export interface InvocationHost {
  readonly service: Service;
  /** The guards around every request, the first one outermost. */
  readonly guards: readonly Guard[];
  readonly clock: Clock;
  readonly answerTimes: AnswerTimes;
  /** Who may make requests; undefined for everyone. */
  readonly access?: Access | undefined;
}

/** The steps of a request that depend on its protocol. Each may throw any error. */
export interface Steps<In, Out, W> {
  /**
   * Receives the body of the request, where that was not done before. Must reject when the caller
   * disconnects, or the signal is aborted.
   */
  receive?(): Promise<Uint8Array> | Uint8Array;
  /** Makes the handler's input from the body that has been received, or from the message. */
  decode(received?: Uint8Array): In | Promise<In>;
  /** Runs the handler. */
  handle(input: In, context: Context): Handled<Out> | Promise<Handled<Out>>;
  /**
   * Makes the body or the message of a handler's output.
   *
   * @param isItem true for an item of a stream
   */
  encode(output: Out, isItem: boolean): W | Promise<W>;
}

/** The answer of a handler: one value, or a stream. */
type Handled<Out> = Out | AsyncIterable<Out>;

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
  /** True once it has been checked who makes the request, and counted as one under way. */
  #hasEntered = false;
  #isUnderWay = false;
  #isAdmitted = false;
  /** True once the page has been checked that it comes from. */
  #isOriginChecked = false;
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
   * @returns undefined if there are no guards to wait for
   * @throws what a guard throws to reject it
   */
  open(endpoint?: string): Promise<void> | undefined {
    if (this.#host.guards.length > 0) return this.#startGuards(endpoint).untilWanted();
    this.#admit();
    return undefined;
  }

  /** Returns the API's name. Where the request carries it, that is received first. */
  receive(): Promise<string> {
    return this.#guardRun?.receive() ?? Promise.resolve(this.facts.endpoint);
  }

  /**
   * Checks who makes the request, once, and counts it as one under way.
   *
   * @param method the method of HTTP, where it may be another than POST
   * @throws ServiceError if it is refused
   */
  enter(method: string | undefined = this.facts.method): void {
    const { access } = this.#host;
    if (access === undefined || this.#hasEntered) return;
    this.#hasEntered = true;
    const { context, facts } = this;
    const request = withMethod(facts, method);
    const set = (name: string, value: string): void => context.response.headers.set(name, value);
    access.enter(request, set, "call", context);
    access.occupy();
    this.#isUnderWay = true;
  }

  /**
   * Checks the web page that the request comes from.
   *
   * @param allowed the origin that middleware allow, by the header that they have set
   * @throws ServiceError `permission_denied`
   */
  checkOrigin(allowed?: string | null): void {
    this.#isOriginChecked = true;
    this.#host.access?.checkOrigin(this.facts, allowed);
  }

  /**
   * Answers the request: a value, or a stream of which the first item has been made.
   *
   * @throws what a guard or a step throws; the signal's reason as soon as it is aborted
   */
  answer<In, Out, W>(steps: Steps<In, Out, W>): Promise<W | AnswerStream<W>> {
    return this.#host.guards.length === 0 ? this.#run(steps) : this.#guarded(steps);
  }

  async #guarded<In, Out, W>(steps: Steps<In, Out, W>): Promise<W | AnswerStream<W>> {
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
    if (this.#guardRun === undefined && thrown !== undefined) throw thrown;
    const answering = thrown === undefined ? Promise.resolve() : Promise.reject(thrown);
    await this.#guardRun?.end(answering);
  }

  #admit(): void {
    if (this.#isAdmitted) return;
    this.#isAdmitted = true;
    if (this.#host.access !== undefined) {
      this.enter();
      // Middleware check it when they have said which origins they allow.
      if (!this.#isOriginChecked && this.#host.guards.length === 0) this.checkOrigin();
    }
    admit(this.#host.service, this.facts);
    this.context.requestedLane = requestedLane(this.facts);
    void this.context.ifModel; // throws if it cannot be read
  }

  #startGuards(endpoint: string | undefined): GuardRun {
    this.#admit();
    this.#guardRun = new GuardRun();
    this.#guardRun.start(this.#host.guards, this, endpoint);
    return this.#guardRun;
  }

  /** Receive, decode, handler, encode. Only promises are awaited: that costs as much as a step. */
  async #run<In, Out, W>(steps: Steps<In, Out, W>): Promise<W | AnswerStream<W>> {
    const { context } = this;
    this.#admit();
    const receiving = steps.receive?.();
    const received = receiving instanceof Promise ? await receiving : receiving;
    const decoded = this.#inTime(steps.decode(received));
    const input = decoded instanceof Promise ? await decoded : decoded;
    context.throwIfAborted(); // no inference for a caller that has disconnected
    const { tracing } = this.facts.counted;
    const handled =
      tracing === undefined
        ? steps.handle(input, context)
        : handledWithin(tracing, () => steps.handle(input, context));
    const output = handled instanceof Promise ? await handled : handled;
    let answer: W | AnswerStream<W>;
    if (isStream(output)) answer = await AnswerStream.open(this.#items(output, steps));
    else {
      const encoded = this.#inTime(steps.encode(output, false));
      answer = encoded instanceof Promise ? await encoded : encoded;
    }
    this.#explain("headers");
    checkResponse(context.response);
    return answer;
  }

  async *#items<Out, W>(
    outputs: AsyncIterable<Out>,
    steps: Pick<Steps<unknown, Out, W>, "encode">,
  ): AsyncGenerator<W, void, undefined> {
    for await (const output of outputs) {
      const item = await this.#inTime(steps.encode(output, true));
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
    return made instanceof Promise ? this.context.orAborted(made) : made;
  }

  /** The batches of the request, if its caller asks for them: see `EXPLAIN`. */
  get explanation(): string | undefined {
    const { calls } = this.context;
    if (calls.length === 0 || this.facts.header(EXPLAIN) !== "1") return undefined;
    return explanationOf(calls);
  }

  #explain(where: "headers" | "trailers"): void {
    const { explanation } = this;
    const { answeredBy, response } = this.context;
    const { models } = answeredBy;
    if (models.length > 0) response.nameModel(modelsText(models), where);
    if (explanation !== undefined) response[where].set(EXPLAIN, explanation);
  }

  /** Sets the status for the metrics, of an answer or of an error of the protocol itself. */
  endWith(status: number): void {
    this.#status = status;
  }

  /** Returns the error to send. Anything but a `ServiceError` is logged in full, and masked. */
  fail(thrown: unknown): ServiceError {
    const { endpoint, requestId } = this.facts;
    const error = asServiceError(thrown, { api: endpoint, requestId });
    if (error.code !== "canceled") this.#status = httpStatus(error.code);
    return error;
  }

  /** The status for the metrics. */
  get status(): number {
    if (this.#status !== undefined) return this.#status;
    const isLate = this.#host.clock.now() >= this.#timedOutAt;
    return httpStatus(isLate ? "deadline_exceeded" : "canceled");
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#isUnderWay) this.#host.access?.leave();
    this.context.answered();
    this.context[Symbol.dispose]();
    this.facts.counted.handled(this.status, traceOf(this.facts.header("traceparent")), this);
  }
}
