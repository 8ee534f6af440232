/**
 * The checks of the machine: its cores, its memory, its open files.
 * @module
 */

import { availableParallelism, freemem, totalmem } from "node:os";
import { defaultHeldBytes } from "../../byte-budget.ts";
import { cpuQuota, memoryLimit, type ReadFile } from "../../host/cgroup.ts";
import { coresOf, readText } from "../../host/cores.ts";
import { sizeText } from "../../models/fetch/progress.ts";
import { connectionsWithin } from "../../runtime/file-limit.ts";
import { MAX_CONNECTIONS } from "../../runtime/listener.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** The memory that the bodies of requests may take together. */
const HELD_BYTES = defaultHeldBytes(0);

/** What is known of a machine. */
export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
  readonly freeBytes: number;
  readonly readFile: ReadFile;
  /** The connections that a port can have, of those wanted. */
  connectionsWithin(wanted: number): number;
}

/** Returns what is known of this machine. */
export function thisMachine(): Machine {
  return {
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    freeBytes: freemem(),
    readFile: readText,
    connectionsWithin,
  };
}

/** Checks a machine. */
export function checkMachine(machine: Machine): readonly Finding[] {
  return [checkCores(machine), checkMemory(machine), checkFiles(machine)];
}

function checkCores({ cores, readFile }: Machine): Finding {
  const quota = cpuQuota(readFile);
  const used = coresOf(cores, readFile);
  const of = used === 1 ? "1 core" : `${used} cores`;
  if (quota === undefined) return ok("cores", `${of}, no quota of a container`);
  const text = `${of}, by the quota of ${quota} in this container`;
  if (quota >= 1) return ok("cores", text);
  const advice = "Give it at least one core: with less, all work pauses several times a second";
  return warning("cores", text, advice);
}

function checkMemory({ memoryBytes, freeBytes, readFile }: Machine): Finding {
  const limit = memoryLimit(readFile);
  const isLimited = limit !== undefined && limit < memoryBytes;
  if (!isLimited) {
    return ok("memory", `${sizeText(memoryBytes)}, of which ${sizeText(freeBytes)} are free`);
  }
  const text = `${sizeText(limit)}, by the limit of this container`;
  // Bodies may take it before any model does.
  if (limit > 2 * HELD_BYTES) return ok("memory", text);
  const advice =
    `The bodies of requests may take ${sizeText(HELD_BYTES)} of it: ` +
    "lower that by --max-held, or raise the limit";
  return warning("memory", text, advice);
}

function checkFiles(machine: Machine): Finding {
  const connections = machine.connectionsWithin(MAX_CONNECTIONS);
  const text = `enough for ${connections} connections on each port`;
  if (connections >= MAX_CONNECTIONS / 10) return ok("open files", text);
  return warning("open files", text, "Raise the limit before the start: ulimit -n 65536");
}
