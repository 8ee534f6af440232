/**
 * Lifecycle: a service from the opening of its ports to its clean stop.
 * @module
 */

import { openPictures, type Pictures } from "../app/pictures.ts";
import { checkChoice, checkCount } from "../check.ts";
import { systemClock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { EXECUTORS, type ExecutorName } from "../executor/executor.ts";
import { host } from "../host/server.ts";
import { DEFAULT_GRACE_MS } from "../limits.ts";
import { log } from "../log.ts";
import type { StartDefaults } from "../runner/runner-options.ts";
import type { Service } from "../service/service.ts";
import type { ServiceRunner } from "../service/service-runner.ts";
import { openTracing } from "../tracing/late-tracing.ts";
import { showBuildInfo } from "./build-info.ts";
import { configuredRunners } from "./configured.ts";
import { type Lead, leadOf, type StopCause, waitFor } from "./drain-lead.ts";
import { exit, exitAfter } from "./exit.ts";
import type { Listener } from "./listener.ts";
import { logsWritten } from "./log-output.ts";
import { ensureServerLogging } from "./logging.ts";
import { modelReports } from "./model-report.ts";
import { RUNTIME_NAME } from "./runtime-name.ts";
import { onStopSignals } from "./stop-signals.ts";
import { TraceRecorder } from "./trace-recorder.ts";
import { handleUncaught } from "./uncaught.ts";
import { checkPolicy, type UncaughtPolicy } from "./uncaught-policy.ts";

/** The options of the start and the stop of a server. */
export interface LifecycleOptions {
  /** The backend of models where the code names none. Default `auto`. */
  readonly backend?: "auto" | "native" | "wasm" | "webgpu";
  /**
   * The isolation of runners that do not choose one: workers in `threads` (the default), each in a
   * child `process`, in Web Workers (`web`), or `inline`, in the thread of their callers.
   */
  readonly isolation?: ExecutorName;
  /** The time that requests under way have left at a stop, in milliseconds. Default 10,000. */
  readonly graceMs?: number;
  /**
   * The time in which requests are still accepted at a stop, in milliseconds, while `/readyz` and
   * gRPC's health report that the server is not ready. Default 5,000 for stops by a signal or an
   * uncaught exception, or 0 at a terminal; 0 for `close()`.
   */
  readonly drainLeadMs?: number;
  /**
   * True if SIGTERM, SIGINT and SIGHUP stop the server and end the process with 0, when every
   * server that has this option has stopped; a second one ends the lead and the grace. Default
   * true.
   */
  readonly signals?: boolean;
  /**
   * The policy for unhandled errors, until the server is closed: they are logged and counted, and
   * after an uncaught exception the server stops and the process exits with 1 (`drain`, the
   * default), or continues (`continue`). False installs no handlers.
   */
  readonly onUncaught?: UncaughtPolicy | false;
  /**
   * The file in which all calls of runners are recorded, for `ekiben simulate --trace`: times,
   * sizes and outcomes of calls and batches, but none of their data. It has at most 128 MiB.
   * Default: none.
   */
  readonly recordTrace?: string;
}

/** A listener and its address: `http://localhost:3000`. */
export interface Port {
  readonly listener: Listener;
  readonly text: string;
}

/** The ports of a service: the main one is first. */
export type Ports = readonly [Port, ...Port[]];

/** A running service. */
export interface RunningService {
  readonly ports: Ports;
  close(): Promise<void>;
}

/**
 * Returns the settings of a stop: the options, or else the configuration.
 *
 * @throws Error for a value that an option cannot have
 */
export function stopSettings(
  { graceMs = DEFAULT_GRACE_MS, ...given }: LifecycleOptions,
  config: Config | undefined,
): {
  readonly graceMs: number;
  readonly drainLeadMs: number | undefined;
  readonly policy: UncaughtPolicy | false;
} {
  checkCount("graceMs", graceMs, 0);
  const { drainLeadMs = config?.apiServer.drainLeadMs } = given;
  if (drainLeadMs !== undefined) checkCount("drainLeadMs", drainLeadMs, 0);
  const policy = checkPolicy(given.onUncaught ?? config?.apiServer.onUncaught ?? "drain");
  return { graceMs, drainLeadMs, policy };
}

/**
 * Opens ports, starts the runners, and resolves when they are ready.
 *
 * @param config the configuration, which the options override
 * @param open opens the ports, before the runners start; if it throws, it leaves none open
 * @param watch begins to follow files until the stop, and returns a function that ends it
 * @throws Error when a port cannot be opened or a runner cannot start; nothing is left running
 */
export async function runService(
  service: Service,
  { backend, isolation, signals = true, ...given }: LifecycleOptions,
  config: Config | undefined,
  open: (pictures: Pictures) => Promise<Ports>,
  watch: () => () => void,
): Promise<RunningService> {
  ensureServerLogging();
  checkChoice("isolation", isolation, EXECUTORS);
  const { graceMs, drainLeadMs, policy } = stopSettings(given, config);
  for (const note of config?.notes ?? []) log.warn(note);
  // The command checks those of models, which it has found.
  if (service.ownModels === undefined)
    config?.checkRunners(service.runners.map(({ name }) => name));
  let trace: TraceRecorder | undefined;
  await openTracing();
  const pictures = openPictures(host);
  const ports = await open(pictures);
  const closePorts = (ms: number): Promise<unknown> =>
    Promise.all(ports.map(({ listener }) => listener.close(ms)));
  const expedited = new AbortController();
  let started = false;
  let endsProcess = false;
  let closing: Promise<void> | undefined;
  let stopWatching: (() => void) | undefined;
  const stop = async (cause: StopCause): Promise<void> => {
    // No load balancer sends requests to a service that was never ready.
    const lead = leadOf(cause, started ? drainLeadMs : 0);
    if (cause !== "code") log.info(stopText(lead));
    service.announceStop();
    await waitFor(lead, {
      signal: expedited.signal,
      quietMs: () => service.admission.quietMs,
      wait: (ms) => waitUnlessAborted(ms, expedited.signal),
    });
    const endAt = performance.now() + graceMs;
    const cutShort = untilAborted(expedited.signal);
    const closed = closePorts(expedited.signal.aborted ? 0 : graceMs);
    expedited.signal.addEventListener("abort", () => void closePorts(0));
    await closed;
    const leftMs = expedited.signal.aborted ? 0 : Math.max(0, endAt - performance.now());
    await Promise.race([Promise.all([service.close(leftMs), pictures.close()]), cutShort]);
    trace?.close();
    stopWatching?.();
    // Another signal at the end of the process would end it with another code.
    if (!endsProcess) stopListening?.();
    removeHandlers();
    await logsWritten(LOGS_MS);
  };
  const close = (cause: StopCause = "code"): Promise<void> => {
    closing ??= stop(cause);
    return closing;
  };
  const closeAndExit = (cause: StopCause, code: number): void => {
    endsProcess = true;
    exitAfter(close(cause), code);
  };
  const drain = (): void => closeAndExit("exception", 1);
  const removeHandlers = handleUncaught({ metrics: service.metrics, policy, drain });
  // Before the runners load, which may take long: a stop does not wait for them.
  const stopListening = signals
    ? onStopSignals({
        stop: () => closeAndExit("signal", 0),
        expedite() {
          log.info("Stopping at once");
          expedited.abort();
        },
        exit,
      })
    : undefined;
  try {
    showBuildInfo(service.metrics, RUNTIME_NAME);
    if (given.recordTrace !== undefined) trace = new TraceRecorder(given.recordTrace);
    const traceOf = (runner: string) => trace?.of(runner);
    const defaults: StartDefaults = { backend, isolation, traceOf };
    await service.start(host, { ...defaults, ...configuredRunners(config) });
    await openTracing(); // for a provider of `onStart`
    started = true;
    stopWatching = watch();
  } catch (error) {
    await closing; // a signal during the start: the process ends after the stop
    trace?.close();
    if (!endsProcess) stopListening?.();
    removeHandlers();
    await Promise.all([closePorts(0), pictures.close()]);
    throw error;
  }
  const where = ports.map(({ text }) => text).join(" and ");
  log.info(`Serving ${service.name} on ${where} with ${RUNTIME_NAME}`);
  const { running } = service;
  for (const runner of running.slice(0, MAX_DESCRIBED)) log.info(describe(runner));
  if (running.length > MAX_DESCRIBED) {
    log.info(`And ${running.length - MAX_DESCRIBED} more runners`);
  }
  const [{ text: main }] = ports;
  const url = main.startsWith("http") ? main : undefined;
  for (const text of service.models === undefined ? [] : modelReports(service.models, url)) {
    // As a text, not a value: loggers quote those, and the commands in it are to be copied.
    log.info(text.replaceAll("{", "{{").replaceAll("}", "}}"));
  }
  return { ports, close: () => close() };
}

/** The time that a reader of the log has for the last lines at a stop, in milliseconds. */
const LOGS_MS = 500;

/** The most runners that are described at the start: there may be thousands of models. */
const MAX_DESCRIBED = 20;

function stopText({ minMs }: Lead): string {
  if (minMs === 0) return "Stopping: waiting for the requests under way";
  return `Stopping: no longer ready, and taking requests for ${minMs / 1000} more seconds`;
}

/** Resolves when a signal is aborted. */
function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Waits for a time, or until a signal is aborted. */
async function waitUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancelTimer = systemClock.after(ms, resolve);
  await Promise.race([promise, untilAborted(signal)]);
  cancelTimer();
}

function describe({ name, backends, stats }: ServiceRunner): string {
  const { ready } = stats();
  const workers = `${ready} ${ready === 1 ? "worker" : "workers"}`;
  const where = backends.length === 0 ? "" : ` on ${[...new Set(backends)].join(" and ")}`;
  return `Runner ${name}: ${workers}${where}`;
}
