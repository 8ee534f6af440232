/**
 * The clients of a simulated server: groups of callers, who send calls, wait, and leave.
 * @module
 */

import { ServiceError } from "../error.ts";
import { AnswerTime } from "../invocation/answer-times.ts";
import { type Random, seededRandom } from "../random.ts";
import type { CallOptions, Lane } from "../runner/call-options.ts";
import { type Distribution, sampler } from "./distribution.ts";
import type { MainThread } from "./main-thread.ts";
import { type EndedCall, type Outcome, ROUNDING_MS } from "./report.ts";
import type { VirtualClock } from "./virtual-clock.ts";
import type { Row } from "./virtual-executor.ts";

/** The time that a closed-loop caller waits after a refusal, so that time passes. */
const MIN_THINK_MS = 1;

/** A call of a trace. Its group decides what it does not say. */
export interface Arrival {
  /** In milliseconds from the start. */
  readonly at: number;
  readonly rows?: number;
  readonly weight?: number;
  readonly deadlineMs?: number;
  readonly patienceMs?: number;
  readonly lane?: Lane;
}

/** The reasons of aborted signals: one error for all, since one for each call would be slow. */
const EXPIRED = new ServiceError("deadline_exceeded", "The deadline has passed");
const LEFT = new ServiceError("canceled", "The client has left");

/** Calls that are alike. */
export interface CallerGroup {
  /** Default: the name of the method. */
  readonly name?: string;
  /** Default: the first method. */
  readonly method?: string;
  /** The calls, or their times in milliseconds from the start, in ascending order: an open loop. */
  readonly arrivals?: Iterable<number | Arrival>;
  /** Callers of whom each sends a call after the end of its last one: a closed loop. */
  readonly parallel?: number;
  /** The time of such a caller between an answer and its next call. Default 0. */
  readonly thinkMs?: Distribution;
  /** The end of a closed loop, from the start. Default 10,000. */
  readonly durationMs?: number;
  /** The rows of a call. Default 1. */
  readonly rows?: Distribution;
  /** The weight of each row. Default 1. */
  readonly weight?: Distribution;
  /** The deadline that a call states, from when the server reads it. Default: none. */
  readonly deadlineMs?: Distribution;
  /** The time after which the client leaves. Default: it waits for ever. */
  readonly patienceMs?: Distribution;
  /**
   * The longest time of a call that is in time, from the time to send it. Default: its deadline, or
   * else its patience, or else `maxLatencyMs`.
   */
  readonly goalMs?: number;
  readonly lane?: Lane;
  /** The name of the caller, or a function of the number of the call. Default: none. */
  readonly caller?: string | ((call: number) => string);
}

/** The times of a request beside its call, in milliseconds. */
export interface HttpCosts {
  /** The main thread's time to read a request. */
  readonly requestMs: number;
  /** The main thread's time to write an answer. */
  readonly answerMs: number;
  /** From the client to the server, or back. */
  readonly wireMs: Distribution;
}

/** The parts of a group of callers. */
export interface ClientsContext {
  readonly clock: VirtualClock;
  readonly main: MainThread;
  readonly http: HttpCosts;
  readonly seed: number;
  readonly method: string;
  /** The default goal. */
  readonly maxLatencyMs: number;
  readonly maxCalls: number;
  call(method: string, input: readonly Row[], options: CallOptions): Promise<unknown>;
  ended(call: EndedCall): void;
}

/** A call of a client. */
interface Call {
  readonly number: number;
  readonly given: Arrival | undefined;
  readonly rows: number;
  readonly sentAt: number;
  readonly deadlineMs: number | undefined;
  readonly leavesAt: number;
  readonly abort: AbortController | undefined;
  /** Called at its end, with the time at which its client knows it. */
  readonly next: ((at: number) => void) | undefined;
  hasEnded: boolean;
}

/** The callers of one group. */
export class Clients {
  readonly name: string;
  readonly #group: CallerGroup;
  readonly #context: ClientsContext;
  readonly #answerTime = new AnswerTime();
  readonly #startedAt: number;
  readonly #draw: Record<"rows" | "weight" | "think" | "wire", () => number>;
  readonly #drawDeadline: (() => number) | undefined;
  readonly #drawPatience: (() => number) | undefined;
  /** The number of its calls. */
  sent = 0;

  constructor(group: CallerGroup, context: ClientsContext) {
    this.#group = group;
    this.#context = context;
    this.name = group.name ?? context.method;
    this.#startedAt = context.clock.now();
    const random: Random = seededRandom(context.seed);
    const { rows = 1, weight = 1, thinkMs = 0, deadlineMs, patienceMs } = group;
    this.#draw = {
      rows: sampler(rows, random),
      weight: sampler(weight, random),
      think: sampler(thinkMs, random),
      wire: sampler(context.http.wireMs, random),
    };
    this.#drawDeadline = deadlineMs === undefined ? undefined : sampler(deadlineMs, random);
    this.#drawPatience = patienceMs === undefined ? undefined : sampler(patienceMs, random);
  }

  /** Sends the calls, each at its time. */
  start(): void {
    const { arrivals, parallel = 0, durationMs = 10_000 } = this.#group;
    if (arrivals !== undefined) this.#expect(arrivals[Symbol.iterator]());
    const endsAt = this.#startedAt + durationMs;
    for (let caller = 0; caller < parallel; caller++) this.#loop(this.#startedAt, endsAt);
  }

  #expect(coming: Iterator<number | Arrival>): void {
    const { value, done } = coming.next();
    if (done) return;
    const given = typeof value === "number" ? { at: value } : value;
    this.#send(this.#startedAt + given.at, given, undefined, () => this.#expect(coming));
  }

  #loop(sentAt: number, endsAt: number): void {
    if (sentAt >= endsAt) return;
    this.#send(sentAt, undefined, (at) => {
      const earliest = at === sentAt ? at + MIN_THINK_MS : at;
      this.#loop(earliest + this.#draw.think(), endsAt);
    });
  }

  /** @param arrived called when the call reaches the server */
  #send(
    sentAt: number,
    given: Arrival | undefined,
    next: Call["next"],
    arrived?: () => void,
  ): void {
    const { clock, http, main, maxCalls } = this.#context;
    this.sent += 1;
    if (this.sent > maxCalls) throw new RangeError(`More than ${maxCalls} calls were sent`);
    const deadlineMs = given?.deadlineMs ?? this.#drawDeadline?.();
    const patienceMs = given?.patienceMs ?? this.#drawPatience?.() ?? Number.POSITIVE_INFINITY;
    const leavesAt = sentAt + patienceMs;
    const hasSignal = deadlineMs !== undefined || leavesAt < Number.POSITIVE_INFINITY;
    const call: Call = {
      number: this.sent,
      rows: Math.max(1, Math.round(given?.rows ?? this.#draw.rows())),
      ...{ given, sentAt, deadlineMs, leavesAt, next },
      abort: hasSignal ? new AbortController() : undefined,
      hasEnded: false,
    };
    clock.at(sentAt + this.#draw.wire(), () => {
      arrived?.();
      const arrivedAt = clock.now();
      main.run(http.requestMs, (readAt) => void this.#serve(call, readAt, readAt - arrivedAt));
    });
    if (leavesAt < Number.POSITIVE_INFINITY) clock.at(leavesAt, () => this.#leave(call));
  }

  #leave(call: Call): void {
    if (call.hasEnded) return;
    const { clock, main } = this.#context;
    this.#end(call, "left", call.leavesAt);
    clock.at(clock.now() + this.#draw.wire(), () => main.run(0, () => call.abort?.abort(LEFT)));
  }

  /**
   * The server's part: the call of the runner, and the answer.
   *
   * @param waitedMs the time that the request has waited for the thread, as a server estimates it
   */
  async #serve(call: Call, readAt: number, waitedMs: number): Promise<void> {
    const { main, method } = this.#context;
    const deadlineAt = readAt + (call.deadlineMs ?? Number.POSITIVE_INFINITY);
    const cancel =
      call.deadlineMs === undefined
        ? undefined
        : main.after(deadlineAt - main.now(), () => call.abort?.abort(EXPIRED));
    let outcome: Outcome = "answered";
    try {
      await this.#context.call(
        method,
        this.#input(call),
        this.#options(call, deadlineAt, waitedMs),
      );
    } catch (error) {
      outcome = outcomeOf(error);
    }
    cancel?.();
    if (call.hasEnded) return;
    const answeredAt = main.now();
    main.runNext(this.#context.http.answerMs, () => {
      // One of each batch: the last, which waits for the others to be written.
      if (outcome === "answered" && main.hasFollowedUp) {
        this.#answerTime.add(main.now() - answeredAt);
      }
      const receivedAt = main.now() + this.#draw.wire();
      if (!call.hasEnded && receivedAt <= call.leavesAt) this.#end(call, outcome, receivedAt);
    });
  }

  #input(call: Call): readonly Row[] {
    const weight = call.given?.weight ?? this.#group.weight ?? 1;
    if (typeof weight === "number") return new Array<Row>(call.rows).fill({ weight, call });
    return Array.from({ length: call.rows }, () => ({ weight: this.#draw.weight(), call }));
  }

  #options(call: Call, deadlineAt: number, waitedMs: number): CallOptions {
    const { lane = call.given?.lane, caller } = this.#group;
    const leftMs = deadlineAt - this.#context.main.now();
    return {
      signal: call.abort?.signal,
      ...(deadlineAt < Number.POSITIVE_INFINITY && { deadlineAt }),
      lane,
      caller: typeof caller === "function" ? caller(call.number) : caller,
      answerMs: this.#answerTime.earlierMs(waitedMs, leftMs),
    };
  }

  #end(call: Call, outcome: Outcome, at: number): void {
    const { maxLatencyMs, ended, method } = this.#context;
    const { sentAt, rows, deadlineMs, leavesAt } = call;
    call.hasEnded = true;
    const patienceMs = leavesAt < Number.POSITIVE_INFINITY ? leavesAt - sentAt : undefined;
    const goalMs = this.#group.goalMs ?? deadlineMs ?? patienceMs ?? maxLatencyMs;
    const ms = at - sentAt;
    const isInTime = outcome === "answered" && ms <= goalMs + ROUNDING_MS;
    const sentAfterMs = sentAt - this.#startedAt;
    ended({ group: this.name, method, rows, sentAt: sentAfterMs, ms, outcome, isInTime });
    call.next?.(at);
  }
}

function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof ServiceError)) return "failed";
  if (error.code === "unavailable") return "refused";
  return error.code === "deadline_exceeded" ? "expired" : "failed";
}
