/**
 * Service: a name, runners and APIs. `answer()` runs the handler of an API for every protocol.
 * @module
 */

import type { ConnectRouter, Interceptor } from "@connectrpc/connect";
import type { MiddlewareHandler } from "hono";
import { checkName, requireUnique } from "../check.ts";
import { ServiceError } from "../error.ts";
import type { Host } from "../host/host.ts";
import type { InputOf, OutputOf } from "../io/io.ts";
import { log } from "../log.ts";
import { type MetricsRegistry, metrics } from "../metrics/registry.ts";
import { type CheckListed, listRunners } from "../runner/unlisted.ts";
import { Admission } from "./admission.ts";
import { answerOf } from "./answer.ts";
import type { AnyApi } from "./api.ts";
import { type CachedApi, cachesOf } from "./cached-api.ts";
import type { Context } from "./context.ts";
import { checkHooks } from "./hooks.ts";
import type { Models } from "./models.ts";
import { type Mount, mountsOf } from "./mounts.ts";
import { type Route, routesOf } from "./routes.ts";
import { RunnerModels } from "./runner-models.ts";
import {
  type Apis,
  checkMiddleware,
  checkServiceOptions,
  type ServiceOptions,
  type StartOptions,
} from "./service-options.ts";
import { type RunParts, ServiceRun } from "./service-run.ts";
import type { ServiceModels, ServiceRunner } from "./service-runner.ts";
import { end, isStream } from "./stream.ts";

/**
 * Defines a service. Nothing runs until it is served.
 *
 * @param name 1 to 63 of `a-z 0-9 - . _`; the metrics' `service_name`
 * @throws TypeError for invalid or repeated names, routes and options; RangeError for a number that
 *   is out of range
 */
export function service<const A extends Apis>(
  name: string,
  options: ServiceOptions<A>,
): Service<A> {
  return new Service(name, options);
}

/** The answer of a handler: a value of its output, or a stream of them. */
type AnswerOf<O> = OutputOf<O> | AsyncIterable<OutputOf<O>>;

/**
 * Returns the answer of an API, for a call that carries only one value.
 *
 * @throws ServiceError `unimplemented` for a stream, which it ends
 */
export function onlyOne<T>(name: string, answer: T | AsyncIterable<T>): T {
  if (!isStream(answer)) return answer;
  end(answer[Symbol.asyncIterator]());
  const text = `API "${name}" answers with a stream, which this call cannot carry`;
  throw new ServiceError("unimplemented", text);
}

/** A service. Make it with `service()`. */
export class Service<A extends Apis = Apis> implements AsyncDisposable {
  readonly name: string;
  readonly version: string;
  readonly metrics: MetricsRegistry;
  readonly rpc: ((router: ConnectRouter) => void) | undefined;
  readonly interceptors: readonly Interceptor[];
  readonly apis: A;
  /** The text of its proto file; false for no typed rpcs. */
  readonly proto: string | false | undefined;
  readonly runners: readonly ServiceRunner[];
  /** The models that the Open Inference Protocol serves; undefined for none. */
  readonly models: Models | undefined;
  /** Those of them that start with it and have runners of their own. */
  readonly ownModels: ServiceModels | undefined;
  readonly routes: readonly Route[];
  readonly mounts: readonly Mount[];
  readonly use: readonly MiddlewareHandler[];
  readonly callerOf: ((context: Context) => string | undefined) | undefined;
  /** The state that decides whether requests are taken. */
  readonly admission: Admission = new Admission();
  readonly #caches: ReadonlyMap<string, CachedApi> | undefined;
  readonly #parts: RunParts;
  /** The start under way or the last one, until it has been stopped. */
  #run: ServiceRun | undefined;
  #starting: Promise<void> = Promise.resolve();
  /** True while it cannot be ready: `onStart` has not ended, or the start has failed. */
  #isHeld = false;
  readonly #checkListed: CheckListed;
  #wasReady = false;
  readonly #listeners = new Set<() => void>();

  constructor(name: string, options: ServiceOptions<A>) {
    this.name = checkName("service", name);
    checkServiceOptions(name, options);
    const { apis, runners = [], models, version = "not available" } = options;
    this.version = version;
    this.metrics = options.metrics ?? metrics();
    this.rpc = options.rpc;
    this.interceptors = options.interceptors ?? [];
    this.metrics.listen((text) => log.warn(text));
    this.apis = apis;
    this.proto = options.proto;
    this.routes = routesOf(apis);
    this.#caches = cachesOf(apis, this.metrics);
    this.mounts = mountsOf(options.mount ?? {}, this.routes);
    this.use = checkMiddleware(name, options.use);
    this.callerOf = options.callerOf;
    this.runners = runners;
    this.ownModels = models === false ? undefined : models;
    this.models = models === false ? undefined : (models ?? new RunnerModels(runners));
    const parts = this.ownModels === undefined ? runners : [...runners, this.ownModels];
    requireUnique(
      runners.map((each) => each.name),
      (twice) => `Cannot define a service with two runners named "${twice}"`,
    );
    this.#checkListed = listRunners(name, runners);
    this.#parts = { name, hooks: options, hookTimeoutMs: checkHooks(name, options), parts };
    for (const each of parts) each.onReadyChange(() => this.#checkReady());
  }

  /** Its runners, and those of the models that are loaded now. */
  get running(): readonly ServiceRunner[] {
    return [...this.runners, ...(this.ownModels?.runners ?? [])];
  }

  /** True when every runner is ready and the service is neither starting nor being stopped. */
  get ready(): boolean {
    return (
      !this.#isHeld && !this.admission.stopping && this.#parts.parts.every(({ ready }) => ready)
    );
  }

  /** The reason why it is not ready, in a sentence; `undefined` if it is. */
  get whyNotReady(): string | undefined {
    if (this.ready) return undefined;
    if (this.admission.stopping) return "The service is shutting down";
    if (this.#isHeld) return this.#run ? "The service is starting" : "The service could not start";
    const reasons = this.#parts.parts
      .filter(({ ready }) => !ready)
      .map(({ name, whyNotReady }) => `${name} (${whyNotReady})`);
    return `Runners are not ready: ${reasons.join(", ")}`;
  }

  /**
   * Calls a function whenever `ready` changes.
   *
   * @returns a function that removes the listener
   */
  onReadyChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #checkReady(): void {
    if (this.ready === this.#wasReady) return;
    this.#wasReady = this.ready;
    for (const listener of this.#listeners) listener();
  }

  /**
   * Runs the hook `onStart`, starts the runners, waits until all can take calls, and runs
   * `onReady`.
   *
   * @param host where the runners run. Default: this runtime
   * @param options passed on to each runner
   * @throws Error when it is started already, or a runner is; the error of the first hook or runner
   *   that fails, after stopping the others
   */
  async start(host?: Host, options: StartOptions = {}): Promise<void> {
    if (this.#run !== undefined) throw new Error(`Service "${this.name}" has been started already`);
    await this.ensureStarted(host, options);
  }

  /**
   * As `start()`, unless it has been started already: then waits until it is ready. Callers at the
   * same time share one start.
   */
  ensureStarted(host?: Host, options: StartOptions = {}): Promise<void> {
    if (this.#run === undefined) this.#starting = this.#start(host, options);
    return this.#starting;
  }

  async #start(host: Host | undefined, options: StartOptions): Promise<void> {
    const run = new ServiceRun(this.#parts, host?.clock);
    this.#run = run;
    this.admission.open();
    this.#isHeld = true;
    const { runnerMetrics = () => ({ enabled: true, namespace: "bentoml_runner" }) } = options;
    const about = { registry: this.metrics, serviceName: this.name, serviceVersion: this.version };
    const metricsOf = (runner: string) => ({ ...about, ...runnerMetrics(runner) });
    try {
      await run.start({
        begin: () => {
          this.#checkListed();
          this.#isHeld = false;
          this.#checkReady(); // without runners it is ready at once
        },
        startPart: (each) => each.start(host, { ...options, metricsOf }),
        openMetrics: () => this.metrics.open(),
        ready: () => this.#checkReady(),
      });
    } catch (error) {
      this.#isHeld = true;
      this.#forget(run);
      this.#checkReady();
      throw error;
    }
  }

  /**
   * Runs the handler of an API.
   *
   * @throws ServiceError any error of the handler: one of another class is logged in full and
   *   becomes `internal` with a masked message; `unimplemented` for an API that answers with a
   *   stream
   */
  call<N extends keyof A & string>(
    name: N,
    input: InputOf<A[N]["input"]>,
    context: Context,
  ): Promise<OutputOf<A[N]["output"]>> {
    const call = (async () => onlyOne(name, await this.answer(name, input, context)))();
    // A handler may await only one of two calls: the other's rejection must not end the server.
    call.catch(() => {});
    return call;
  }

  /**
   * Runs the handler of an API, and yields its answer: the items of a stream, or else one item.
   * The handler runs when the first item is requested.
   */
  async *callStream<N extends keyof A & string>(
    name: N,
    input: InputOf<A[N]["input"]>,
    context: Context,
  ): AsyncGenerator<OutputOf<A[N]["output"]>, void, undefined> {
    const answer = await this.answer(name, input, context);
    if (isStream(answer)) yield* answer;
    else yield answer;
  }

  /**
   * Runs the handler of an API, and returns its answer: one value, or a stream of them. It returns
   * a promise only if the handler does.
   */
  answer<N extends keyof A & string>(
    name: N,
    input: InputOf<A[N]["input"]>,
    context: Context,
  ): AnswerOf<A[N]["output"]> | Promise<AnswerOf<A[N]["output"]>> {
    const source = { api: name, requestId: context.requestId };
    const run = (given: Context): unknown =>
      answerOf(this.apis[name] as AnyApi, input, given, source);
    const cache = this.#caches?.get(name);
    const answer = cache === undefined ? run(context) : cache.answer(input, context, run);
    return answer as AnswerOf<A[N]["output"]>;
  }

  /** Ends readiness, so that load balancers stop sending. Requests are answered as before. */
  announceStop(): void {
    this.admission.announceStop();
    this.#checkReady();
  }

  /** Refuses new requests from now on; those admitted go on. */
  drain(): void {
    this.admission.drain();
    // Even if it was never ready: listeners may wait for the stop as well.
    for (const listener of this.#listeners) listener();
    this.#wasReady = false;
  }

  /**
   * Runs the hook `onStop` and stops the runners.
   *
   * @param graceMs how long to wait for workers inside native code, which cannot be stopped: 2,000
   */
  async close(graceMs?: number): Promise<void> {
    this.drain();
    const run = this.#run;
    if (run === undefined) return;
    await run.stop(graceMs);
    this.#forget(run);
  }

  /** Lets the service be started again. */
  #forget(run: ServiceRun): void {
    if (this.#run === run) this.#run = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
