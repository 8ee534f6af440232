/**
 * LocalService: the service in this browser, and whether it can answer.
 * @module
 */

import type { App } from "../app/app.ts";
import type { Clock } from "../clock.ts";
import { messageOf } from "../error.ts";
import { RetryDelay } from "../retry-delay.ts";
import { lackOfWasm } from "./wasm-support.ts";

/** The state of the service in this browser. */
export type LocalState = "idle" | "starting" | "ready" | "failed";

/** The time until a start that failed is tried again. It doubles up to the maximum. */
const FIRST_RETRY_MS = 60_000;
const MAX_RETRY_MS = 15 * 60_000;

/** The service in this browser. */
export class LocalService {
  readonly #app: App;
  readonly #clock: Clock;
  #state: LocalState = "idle";
  #whyNot = "";
  #starting: Promise<boolean> | undefined;
  readonly #delay = new RetryDelay(FIRST_RETRY_MS, MAX_RETRY_MS);
  #retryAtMs = 0;

  constructor(app: App, clock: Clock) {
    this.#app = app;
    this.#clock = clock;
  }

  get state(): LocalState {
    return this.#state;
  }

  /** The reason why it could not start; `undefined` unless it failed. */
  get whyNot(): string | undefined {
    return this.#state === "failed" ? this.#whyNot : undefined;
  }

  /** True if a start is worth a try: there was none, or the last one failed long ago. */
  get mayStart(): boolean {
    const { state } = this;
    return state === "idle" || (state === "failed" && this.#clock.now() >= this.#retryAtMs);
  }

  /** Starts it, unless it has started. Returns false if it cannot, for the reason `whyNot`. */
  start(): Promise<boolean> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(): Promise<boolean> {
    if (this.#state === "ready") return true;
    this.#state = "starting";
    try {
      await this.#app.ready();
      this.#state = "ready";
      this.#delay.reset();
      return true;
    } catch (error) {
      const lack = lackOfWasm();
      this.#whyNot = lack === undefined ? messageOf(error) : `${lack}: ${messageOf(error)}`;
      this.#state = "failed";
      this.#retryAtMs = this.#clock.now() + this.#delay.next();
      return false;
    }
  }

  /**
   * Answers a request.
   *
   * @param isCall true for a request that needs the service started
   */
  async fetch(request: Request, isCall: boolean): Promise<Response> {
    if (isCall && this.#state === "idle") void this.start();
    const response = await this.#app.fetch(request);
    if (isCall && response.ok) this.#state = "ready"; // the application may have started it itself
    return response;
  }

  close(): Promise<void> {
    return this.#app.close();
  }
}
