/**
 * process: workers in child processes, on Bun, Deno and Node. A process can be killed at any time,
 * has its own memory, and ends alone when it crashes.
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { messageOf } from "../../error.ts";
import { NO_GATE } from "../../worker/native-gate.ts";
import type { FromWorker } from "../../worker/protocol.ts";
import { sendable } from "../../worker/sent-error.ts";
import {
  type Executor,
  type ExitCause,
  type Worker,
  type WorkerEvents,
  type WorkerStart,
  workersBesideMain,
} from "../executor.ts";
import { CHANNEL_FD, Channel, GUARD_FD } from "./channel.ts";
import { exitText, isAbort } from "./exit-text.ts";
import { killGroup, killRest } from "./kill-group.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { workerCommand } from "./worker-command.ts";

/** The longest wait for the last messages of a process that has ended, in milliseconds. */
const LAST_MESSAGES_MS = 500;
/** A process that aborts with this share of its memory in use has most likely run out of it. */
const ALMOST_FULL = 0.5;

/** The executor that runs workers in processes. */
export const processes: Executor = {
  name: "process",
  importsModules: true,
  stopsBusyWorkers: true,
  limitsMemory: true,
  autoWorkers: workersBesideMain,
  start: (start, events) => new WorkerProcess(start, events),
};

/** One process. */
class WorkerProcess implements Worker {
  readonly gate = NO_GATE;
  readonly #events: WorkerEvents;
  readonly #maxMemoryMb: number | undefined;
  #child: ChildProcess | undefined;
  #channel: Channel | undefined;
  #memory: MemoryWatch | undefined;
  /** True when no event may follow. */
  #isOver = false;
  #hasExited = false;

  constructor({ load, maxMemoryMb }: WorkerStart, events: WorkerEvents) {
    this.#events = events;
    this.#maxMemoryMb = maxMemoryMb;
    this.#attempt("it could not be started", () => this.#start());
    this.#attempt("its parameters cannot be sent to a process", () => this.#channel?.post(load));
  }

  /** Runs a step of the start. A failure is reported later: no event comes during this call. */
  #attempt(failure: string, step: () => void): void {
    try {
      step();
    } catch (error) {
      queueMicrotask(() => this.#end(`${failure}: ${startError(error)}`));
    }
  }

  post(message: object, transfer: readonly Transferable[] = []): void {
    this.#channel?.post(message, transfer);
  }

  terminate(): void {
    this.#isOver = true;
    this.#kill();
  }

  #start(): void {
    const { file, args, env } = workerCommand(this.#maxMemoryMb);
    // A process group of its own: the signals of a terminal do not reach it, and it is killed
    // together with the processes that it starts.
    const child = spawn(file, args, {
      env,
      detached: true,
      windowsHide: true,
      stdio: ["ignore", "inherit", "inherit", "pipe", "pipe"],
    });
    this.#child = child;
    child.on("error", (error) => this.#end(`it could not be started: ${startError(error)}`));
    child.on("exit", (code, signal) => this.#exited(code, signal));
    const guard = child.stdio[GUARD_FD] as Duplex | null | undefined;
    const socket = child.stdio[CHANNEL_FD] as Duplex | null | undefined;
    guard?.on("error", () => {}); // the end of the process
    guard?.resume();
    if (socket === null || socket === undefined) return; // "error" follows
    this.#channel = new Channel(socket, {
      message: (message) => {
        if (!this.#isOver) this.#events.message(message as FromWorker);
      },
      unreadable: (id, error) => this.#unreadable(id, error),
      broken: (error) => this.#end(error.message),
      ended: () => this.#ended(),
    });
    const { pid } = child;
    if (this.#maxMemoryMb === undefined || pid === undefined || !guard) return;
    this.#memory = new MemoryWatch(pid, guard, (mb) => this.#checkMemory(mb));
  }

  #unreadable(id: number, error: Error): void {
    if (this.#isOver) return;
    this.#events.message({ kind: "error", id, error: sendable(error), metrics: undefined });
  }

  /** Handles the end of the channel: of the process, or of its socket alone. */
  #ended(): void {
    if (this.#hasExited) return;
    // Until the exit is reported, which says more.
    setTimeout(() => {
      if (!this.#hasExited) this.#end("it closed its channel");
    }, LAST_MESSAGES_MS).unref();
  }

  #exited(code: number | null, signal: string | null): void {
    this.#hasExited = true;
    this.#memory?.stop();
    const pid = this.#child?.pid;
    if (pid !== undefined) killRest(pid);
    const reason = exitText(code, signal);
    const { peakMb = 0 } = this.#memory ?? {};
    const limit = this.#maxMemoryMb ?? Number.POSITIVE_INFINITY;
    const isFull = isAbort(code, signal) && peakMb > limit * ALMOST_FULL;
    const end = (): void => {
      if (isFull) this.#endFull(peakMb, reason);
      else this.#end(reason, signal === "SIGKILL" ? "killed" : undefined);
    };
    // Its last messages may be on the way. Processes that it started may hold its socket open.
    const socket = this.#child?.stdio[CHANNEL_FD] as Duplex | null | undefined;
    if (!socket || socket.readableEnded || socket.destroyed) return end();
    const timer = setTimeout(end, LAST_MESSAGES_MS);
    socket.once("close", () => {
      clearTimeout(timer);
      end();
    });
  }

  #checkMemory(mb: number): void {
    const limit = this.#maxMemoryMb ?? Number.POSITIVE_INFINITY;
    if (mb > limit && !this.#isOver) this.#endFull(mb);
  }

  #endFull(mb: number, more?: string): void {
    const used = `it used ${Math.round(mb)} MB of memory`;
    const limit = `maxMemoryMb is ${this.#maxMemoryMb}`;
    this.#end(`${used}, and ${limit}${more === undefined ? "" : ` (${more})`}`, "memory");
  }

  #end(reason: string, cause?: ExitCause): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#kill();
    this.#events.exit(reason, cause);
  }

  #kill(): void {
    this.#memory?.stop();
    const pid = this.#child?.pid;
    // The id of a process that has exited may be that of another one.
    if (pid !== undefined && !this.#hasExited) killGroup(pid);
    this.#channel?.close();
  }
}

/** Returns the text of an error of `spawn()`. */
function startError(error: unknown): string {
  const text = messageOf(error);
  if (!(error instanceof Error) || error.name !== "NotCapable") return text;
  return `${text} (worker processes need --allow-run and --allow-env on Deno)`;
}
