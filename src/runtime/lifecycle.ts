/**
 * Lifecycle: a service from the opening of its ports to its clean stop.
 * @module
 */

import process from "node:process";
import { runtime } from "#runtime";
import type { Config } from "../config/config.ts";
import { ensureLogging, log } from "../log.ts";
import type { StartDefaults } from "../runner/runner-options.ts";
import type { Service, ServiceRunner, StartOptions } from "../service/service.ts";
import { showBuildInfo } from "./build-info.ts";
import { configuredRunners } from "./configured.ts";
import { exit } from "./exit.ts";
import { openPictures, type Pictures } from "./pictures.ts";
import type { Listener } from "./runtime.ts";
import { checkPolicy, handleUncaught, type UncaughtPolicy } from "./uncaught.ts";

/** How a service lives, whatever it is served over. */
export interface LifeOptions {
  /** Where models run unless the code says: `auto` (default), `native`, `wasm` or `webgpu`. */
  readonly backend?: string;
  /** What a configuration file says; what the code says comes first. */
  readonly config?: Config;
  /** How long requests under way may still take at a stop, in milliseconds. Default 10,000. */
  readonly graceMs?: number;
  /** Whether SIGTERM and SIGINT stop the server and end the process with 0. Default true. */
  readonly signals?: boolean;
  /**
   * Handles what the program leaves unhandled, until the server is closed: it is logged and
   * counted, and after an uncaught exception the server stops and the process exits with 1
   * (`drain`, the default), or goes on (`continue`). False installs no handlers.
   */
  readonly onUncaught?: UncaughtPolicy | false;
}

/** A listener, and how to say where it is: `http://localhost:3000`. */
export interface Port {
  readonly listener: Listener;
  readonly text: string;
}

/** The ports of a service: the main one is first. */
export type Ports = readonly [Port, ...Port[]];

/** A service that lives. */
export interface Life {
  readonly ports: Ports;
  close(): Promise<void>;
}

/**
 * Opens ports, starts the runners, and is done when they are ready.
 *
 * @param open opens the ports, for a service whose runners do not run yet; of several, none is
 *   left open when it throws
 * @throws Error when a port cannot be had or a runner cannot start; nothing is left running
 */
export async function live(
  service: Service,
  { backend, config, graceMs = 10_000, signals = true, onUncaught }: LifeOptions,
  open: (pictures: Pictures) => Promise<Ports>,
): Promise<Life> {
  ensureLogging();
  const policy = checkPolicy(onUncaught ?? config?.apiServer.onUncaught ?? "drain");
  config?.checkRunners(service.runners.map(({ name }) => name));
  const pictures = openPictures(runtime.host);
  const ports = await open(pictures);
  const closePorts = (ms: number): Promise<unknown> =>
    Promise.all(ports.map(({ listener }) => listener.close(ms)));
  let closing: Promise<void> | undefined;
  const stopOnSignal = (): void => {
    if (closing !== undefined) return; // a wrapper passes on what this process has got itself
    log.info("Stopping: waiting for the requests under way");
    void close().finally(() => exit(0));
  };
  const stop = async (): Promise<void> => {
    const endAt = performance.now() + graceMs;
    service.drain();
    await closePorts(graceMs);
    const leftMs = Math.max(0, endAt - performance.now());
    await Promise.all([service.close(leftMs), pictures.close()]);
    onSignals("off", stopOnSignal);
    removeHandlers();
  };
  const close = (): Promise<void> => {
    closing ??= stop();
    return closing;
  };
  const drain = (): void => void close().finally(() => exit(1));
  const removeHandlers = handleUncaught({ metrics: service.metrics, policy, drain });
  // Before the runners load, which may take long: a stop must not wait for them.
  if (signals) onSignals("on", stopOnSignal);
  try {
    showBuildInfo(service.metrics, runtime.name);
    const options: StartDefaults & StartOptions = { backend, ...configuredRunners(config) };
    await service.start(runtime.host, options);
  } catch (error) {
    await closing; // a signal came while they loaded: the process ends when this is over
    onSignals("off", stopOnSignal);
    removeHandlers();
    await Promise.all([closePorts(0), pictures.close()]);
    throw error;
  }
  const where = ports.map(({ text }) => text).join(" and ");
  log.info(`Serving ${service.name} on ${where} with ${runtime.name}`);
  for (const runner of service.runners) log.info(describe(runner));
  return { ports, close };
}

function onSignals(change: "on" | "off", listener: () => void): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process[change](signal, listener);
}

function describe({ name, backends, stats }: ServiceRunner): string {
  const { ready } = stats();
  const workers = `${ready} ${ready === 1 ? "worker" : "workers"}`;
  const where = backends.length === 0 ? "" : ` on ${[...new Set(backends)].join(" and ")}`;
  return `Runner ${name}: ${workers}${where}`;
}
