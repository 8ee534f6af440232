/**
 * serve(): a service on a port, from its start to its clean stop.
 * @module
 */

import process from "node:process";
import { runtime } from "#runtime";
import { checkCount } from "../check.ts";
import type { Config } from "../config/config.ts";
import { messageOf } from "../error.ts";
import { type AppOptions, app } from "../http/app.ts";
import { ensureLogging, log } from "../log.ts";
import type { StartDefaults } from "../runner/runner-options.ts";
import type { Service, ServiceRunner, StartOptions } from "../service/service.ts";
import { showBuildInfo } from "./build-info.ts";
import { configuredApp, configuredRunners } from "./configured.ts";
import { openPictures, type Pictures } from "./pictures.ts";
import type { Listener } from "./runtime.ts";

/** How a service is served. */
export interface ServeOptions extends AppOptions {
  /** Default 3000; 0 takes any free port. */
  readonly port?: number;
  /** The address to listen on. Default `0.0.0.0`: every IPv4 address of this machine. */
  readonly host?: string;
  /** Where models run unless the code says: `auto` (default), `native`, `wasm` or `webgpu`. */
  readonly backend?: string;
  /** What a configuration file says; what the code says comes first. */
  readonly config?: Config;
  /** How long requests under way may still take at a stop, in milliseconds. Default 10,000. */
  readonly graceMs?: number;
  /** Whether SIGTERM and SIGINT stop the server and end the process with 0. Default true. */
  readonly signals?: boolean;
}

/** A service that is being served. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  /** Where this machine reaches it, such as `http://localhost:3000`. */
  readonly url: string;
  /** Stops: no new requests, those under way finish (bounded), then the runners close. */
  close(): Promise<void>;
}

/**
 * Serves a service: opens the port, starts its runners, and is done when they are ready.
 *
 * @throws Error when the port cannot be had or a runner cannot start; nothing is left running
 *
 * @example
 * await using server = await serve(mnist, { port: 3000 });
 */
export async function serve(service: Service, options: ServeOptions = {}): Promise<Server> {
  ensureLogging();
  const { host = "0.0.0.0", graceMs = 10_000, backend, timeoutMs = 60_000 } = options;
  const port = checkPort(options.port ?? 3000);
  checkCount("graceMs", graceMs, 0);
  options.config?.checkRunners(service.runners.map(({ name }) => name));
  const pictures = openPictures(runtime.host);
  const { fetch } = app(service, { pictures, ...configuredApp(options.config), ...options });
  const listener = await listen((request) => fetch(request), { host, port, timeoutMs });
  let closing: Promise<void> | undefined;
  const stopOnSignal = (): void => {
    if (closing !== undefined) return; // a wrapper passes on what this process has got itself
    log.info("Stopping: waiting for the requests under way");
    void close().then(() => process.exit(0));
  };
  const close = (): Promise<void> => {
    closing ??= stop(service, listener, pictures, graceMs).finally(() =>
      onSignals("off", stopOnSignal),
    );
    return closing;
  };
  // Before the runners load, which may take long: a stop must not wait for them.
  if (options.signals ?? true) onSignals("on", stopOnSignal);
  try {
    showBuildInfo(service.metrics, runtime.name);
    const defaults: StartDefaults & StartOptions = {
      backend,
      ...configuredRunners(options.config),
    };
    await service.start(runtime.host, defaults);
  } catch (error) {
    await closing; // a signal came while they loaded: the process ends when this is over
    onSignals("off", stopOnSignal);
    await Promise.all([listener.close(0), pictures.close()]);
    throw error;
  }
  const url = `http://${urlHost(host)}:${listener.port}`;
  log.info(`Serving ${service.name} on ${url} with ${runtime.name}`);
  for (const runner of service.runners) log.info(describe(runner));
  return { port: listener.port, url, close, [Symbol.asyncDispose]: close };
}

async function stop(
  service: Service,
  listener: Listener,
  pictures: Pictures,
  graceMs: number,
): Promise<void> {
  service.drain();
  await listener.close(graceMs);
  await Promise.all([service.close(), pictures.close()]);
}

function onSignals(change: "on" | "off", listener: () => void): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process[change](signal, listener);
}

async function listen(...args: Parameters<typeof runtime.listen>): Promise<Listener> {
  try {
    return await runtime.listen(...args);
  } catch (error) {
    const [, { host, port }] = args;
    const inUse = /EADDRINUSE|AddrInUse|address already in use|port \d+ in use/i;
    const words = `${(error as { code?: string }).code ?? ""} ${(error as Error).name} ${error}`;
    const why = inUse.test(words) ? "the port is in use" : messageOf(error);
    throw new Error(`Cannot listen on ${host}:${port}: ${why}`, { cause: error });
  }
}

function checkPort(port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new RangeError(`"port" must be a whole number from 0 to 65535, but was ${port}`);
}

/** The host part of a URL that this machine can open. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

function describe({ name, backends, stats }: ServiceRunner): string {
  const { ready } = stats();
  const workers = `${ready} ${ready === 1 ? "worker" : "workers"}`;
  const where = backends.length === 0 ? "" : ` on ${[...new Set(backends)].join(" and ")}`;
  return `Runner ${name}: ${workers}${where}`;
}
