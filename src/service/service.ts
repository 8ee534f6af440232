/**
 * Service: a name, its runners and its APIs; `call()` is the one path every protocol takes.
 * @module
 */

import type { ConnectRouter } from "@connectrpc/connect";
import { checkName, requireUnique } from "../check.ts";
import { ServiceError } from "../error.ts";
import type { Host } from "../host.ts";
import type { InputOf, OutputOf } from "../io/io.ts";
import { log } from "../log.ts";
import { type MetricsRegistry, metrics } from "../metrics/registry.ts";
import { Admission } from "./admission.ts";
import { type AnyApi, routeOf } from "./api.ts";
import { type Context, orAborted } from "./context.ts";
import type { ServiceRunner } from "./service-runner.ts";
import { end, isStream, untilAborted } from "./stream.ts";

/** The APIs of a service by name. */
export type Apis = Readonly<Record<string, AnyApi>>;

/** How the default metrics of a runner are called, and whether they are counted. */
export interface RunnerMetricsSettings {
  readonly enabled: boolean;
  readonly namespace: string;
}

/** What a service is started with; whatever else is there is handed on to its runners. */
export interface StartOptions {
  /** Default `bentoml_runner`, enabled. */
  readonly runnerMetrics?: (runner: string) => RunnerMetricsSettings;
}

/** What a service is made of. */
export interface ServiceOptions<A extends Apis> {
  /** The label `service_version` of its metrics. Default BentoML's for none: `not available`. */
  readonly version?: string;
  /** Where it defines metrics of its own: what `/metrics` shows. Default: one of its own. */
  readonly metrics?: MetricsRegistry;
  /**
   * Adds Connect services of its own, beside those of the APIs: `(router) => router.service(…)`.
   * `contextOf()` gives their handlers the context of a call.
   */
  readonly rpc?: (router: ConnectRouter) => void;
  /** The runners its handlers call; they start and stop with it. */
  readonly runners?: readonly ServiceRunner[];
  readonly apis: A;
}

/** A path and the name of the API behind it. */
export interface Route {
  readonly path: string;
  readonly name: string;
  readonly api: AnyApi;
}

/**
 * Defines a service: data, until it is served.
 *
 * @param name 1 to 63 of `a-z 0-9 - . _`; the metrics' `service_name`
 * @throws TypeError for names or routes that cannot be, or that stand twice
 */
export function service<const A extends Apis>(
  name: string,
  options: ServiceOptions<A>,
): Service<A> {
  return new Service(name, options);
}

/** A service. Make it with `service()`. */
export class Service<A extends Apis = Apis> implements AsyncDisposable {
  readonly name: string;
  readonly version: string;
  readonly metrics: MetricsRegistry;
  readonly rpc: ((router: ConnectRouter) => void) | undefined;
  readonly apis: A;
  readonly runners: readonly ServiceRunner[];
  readonly routes: readonly Route[];
  #started = false;
  /** The state that decides whether requests are taken. */
  readonly admission: Admission = new Admission();
  #wasReady = false;
  readonly #listeners = new Set<() => void>();

  constructor(name: string, options: ServiceOptions<A>) {
    const { apis, runners = [], version = "not available" } = options;
    this.name = checkName("service", name);
    this.version = version;
    this.metrics = options.metrics ?? metrics();
    this.rpc = options.rpc;
    this.metrics.listen((text) => log.warn(text));
    this.apis = apis;
    this.runners = runners;
    this.routes = Object.entries(apis).map(([apiName, api]) => ({
      path: routeOf(checkApiName(apiName), api),
      name: apiName,
      api,
    }));
    const action = "Cannot define a service with two";
    requireUnique(
      this.routes.map(({ path }) => path),
      (twice) => `${action} routes named "${twice}"`,
    );
    requireUnique(
      runners.map((each) => each.name),
      (twice) => `${action} runners named "${twice}"`,
    );
    for (const each of runners) each.onReadyChange(() => this.#checkReady());
  }

  /** True when every runner is ready and the service is not being stopped. */
  get ready(): boolean {
    return !this.admission.stopping && this.runners.every((each) => each.ready);
  }

  /**
   * Has a function called whenever `ready` changes.
   *
   * @returns what ends that
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
   * Starts the runners and waits until all can take calls.
   *
   * @param host where they run. Default: this runtime
   * @param options handed on to each of them
   * @throws Error when it is started already, or a runner is; the error of the first runner that
   *   cannot start, after stopping the others
   */
  async start(host?: Host, options: StartOptions = {}): Promise<void> {
    if (this.#started) throw new Error(`Service "${this.name}" has been started already`);
    this.#started = true;
    this.admission.open();
    this.#checkReady(); // without runners it is ready at once
    const { runnerMetrics = () => ({ enabled: true, namespace: "bentoml_runner" }) } = options;
    const about = { registry: this.metrics, serviceName: this.name, serviceVersion: this.version };
    const metricsOf = (runner: string) => ({ ...about, ...runnerMetrics(runner) });
    const opened = this.metrics.open();
    const starts = await Promise.allSettled([
      ...this.runners.map((each) => each.start(host, { ...options, metricsOf })),
      opened,
    ]);
    const failure = starts.find(({ status }) => status === "rejected");
    if (failure === undefined) return this.#checkReady();
    // Only what this start has started: a runner may be another service's too.
    const own = this.runners.filter((_, at) => starts[at]?.status === "fulfilled");
    await Promise.all(own.map((each) => each.close()));
    this.#started = false;
    throw (failure as PromiseRejectedResult).reason;
  }

  /**
   * Runs the handler of an API.
   *
   * @throws ServiceError always that: what the handler did not throw on purpose is logged whole
   *   and comes out masked, as `internal`; `unimplemented` for an API that answers with a stream
   */
  call<N extends keyof A & string>(
    name: N,
    input: InputOf<A[N]["input"]>,
    context: Context,
  ): Promise<OutputOf<A[N]["output"]>> {
    const call = this.answer(name, input, context).then((answer) => {
      if (!isStream(answer)) return answer;
      end(answer[Symbol.asyncIterator]());
      const text = `API "${name}" answers with a stream, which this call cannot carry`;
      throw new ServiceError("unimplemented", text);
    });
    // A handler may make two calls and await one of them, which must not end the server.
    call.catch(() => {});
    return call;
  }

  /**
   * As `call()`, for callers that take streams too: an answer that is not one is its only item.
   * Nothing is computed before the first item is asked for.
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

  /** As `call()`, for callers that take both: an answer, or a stream of them. */
  async answer<N extends keyof A & string>(
    name: N,
    input: InputOf<A[N]["input"]>,
    context: Context,
  ): Promise<OutputOf<A[N]["output"]> | AsyncIterable<OutputOf<A[N]["output"]>>> {
    const { handler } = this.apis[name] as A[N];
    const where = { api: name, requestId: context.requestId };
    try {
      const work = handler(input, context);
      // A race is dear, and what is there already needs none.
      const answer = isPromise(work)
        ? await orAborted(Promise.resolve(work), context.signal)
        : work;
      return isStream(answer) ? explained(untilAborted(answer, context.signal), where) : answer;
    } catch (error) {
      throw asServiceError(error, where);
    }
  }

  /** Ends readiness, so that load balancers stop sending. Requests are answered as before. */
  announceStop(): void {
    this.admission.announceStop();
    this.#checkReady();
  }

  /** Refuses new requests from now on; those admitted go on. */
  drain(): void {
    this.admission.drain();
    // Always, even if it was never ready: listeners may be waiting for that.
    for (const listener of this.#listeners) listener();
    this.#wasReady = false;
  }

  /**
   * Stops the runners.
   *
   * @param graceMs how long to wait for workers inside native code, which cannot be stopped: 2,000
   */
  async close(graceMs?: number): Promise<void> {
    this.drain();
    if (!this.#started) return;
    await Promise.all(this.runners.map((each) => each.close(graceMs)));
    this.#started = false;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function isPromise<T>(work: T | PromiseLike<T>): work is PromiseLike<T> {
  return typeof (work as Partial<PromiseLike<T>> | null | undefined)?.then === "function";
}

/** The items, and what is thrown between them as the error that a caller gets. */
async function* explained<T>(
  items: AsyncIterable<T>,
  where: { readonly api: string; readonly requestId: string },
): AsyncGenerator<T, void, undefined> {
  try {
    yield* items;
  } catch (error) {
    throw asServiceError(error, where);
  }
}

/** The error a caller gets; what was not meant for callers is logged whole on its way. */
export function asServiceError(
  thrown: unknown,
  where: { readonly api: string; readonly requestId: string },
): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  log.error("API {api} threw while answering request {requestId}: {error}", {
    ...where,
    error: thrown,
  });
  return ServiceError.from(thrown);
}

/** BentoML's rule: an API's name is an identifier. */
function checkApiName(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name;
  throw new TypeError(
    `Cannot name an API "${name}": it must be a letter or "_" followed by letters, digits and "_"`,
  );
}
