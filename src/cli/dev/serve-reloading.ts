/**
 * serveReloading(): a command that serves, as `ekiben dev` and `--reload` run it.
 * @module
 */

import process from "node:process";
import { executable } from "../../executable.ts";
import { DEFAULT_GRACE_MS } from "../../limits.ts";
import { exit } from "../../runtime/exit.ts";
import { openPort } from "../../runtime/listen.ts";
import { onStopSignals } from "../../runtime/stop-signals.ts";
import { listenOn } from "../listen-on.ts";
import { fileOfTarget, findTarget } from "../target-file.ts";
import { mayBeStored } from "../target-store.ts";
import { environmentWithoutFiles } from "./environment.ts";
import { Front, type FrontPort } from "./front.ts";
import { Reload } from "./reload.ts";
import { serviceFiles } from "./service-files.ts";

/** A command that serves. */
export interface ReloadingCommand {
  /** `serve`, `serve-http` or `serve-grpc`. */
  readonly name: string;
  readonly target: string | undefined;
  /** The configuration file. */
  readonly config?: string | undefined;
  readonly ports: readonly FrontPort[];
  /** The flags that give the server ports of its own, behind those of the service. */
  readonly portFlags: readonly string[];
  readonly graceMs?: number | undefined;
  /** The folder in which the command was started. */
  readonly folder: string;
  /** Called with the URL of the service once it is ready. */
  onReady?(url: string): void;
}

/** The longest wait of a connection for a service that is starting, in milliseconds. */
const MAX_WAIT_MS = 30_000;

/** The flags that are for the command alone, not for the server. */
const OWN_FLAGS: readonly string[] = ["--reload", "--open"];

/**
 * Serves, and starts the service again when its files change; until a signal ends the process.
 *
 * @throws Error if there is nothing to serve, or a port cannot be opened
 */
export async function serveReloading(command: ReloadingCommand): Promise<void> {
  const { name, target, config, ports, folder, graceMs = DEFAULT_GRACE_MS } = command;
  if (executable() !== undefined) throw new Error("An executable file has no files to follow");
  const isFolder = await checkTarget(target);
  const addresses: string[] = [];
  const front = await Front.open(ports, MAX_WAIT_MS, async (server, port) => {
    const { text } = await openPort(schemeOf(port), port, (at) => listenOn(server, at));
    addresses.push(text.replace("//127.0.0.1:", "//localhost:"));
  });
  const flags = [...command.portFlags, "--host", "127.0.0.1", "--drain-lead", "0"];
  const reload = new Reload({
    front,
    addresses,
    host: ports[0]?.host,
    args: [name, ...withFlags(process.argv.slice(3), isFolder ? [...flags, "--watch"] : flags)],
    environment: environmentWithoutFiles(),
    folder,
    killAfterMs: graceMs + 2_000,
    files: () => serviceFiles(target, config),
    onReady: () => command.onReady?.(addresses[0] ?? ""),
  });
  onStopSignals({
    stop: () => void reload.close().then(() => exit(0)),
    expedite: () => reload.kill(),
    exit(code) {
      reload.kill();
      exit(code);
    },
  });
  await reload.start();
}

/** Returns true for a folder of models. @throws Error if there is nothing to serve */
async function checkTarget(target: string | undefined): Promise<boolean> {
  if (mayBeStored(target)) return false;
  const { isFolder } = await findTarget(target);
  return isFolder && (await fileOfTarget(target).catch(() => undefined)) === undefined;
}

/** Inserts flags before the arguments that are none, which `--` begins. */
function withFlags(args: readonly string[], flags: readonly string[]): readonly string[] {
  const own = args.filter((arg) => !OWN_FLAGS.includes(arg));
  const end = own.indexOf("--");
  const at = end < 0 ? own.length : end;
  return [...own.slice(0, at), ...flags, ...own.slice(at)];
}

function schemeOf({ speaks }: FrontPort): "http" | "https" | "grpc" {
  if (speaks === "tls") return "https";
  return speaks === "grpc" ? "grpc" : "http";
}
