/**
 * Reload: serves a service whose files change. Each version of it runs in a process of its own,
 * behind ports that stay open: after a save, requests under way finish in the old process, and new
 * connections wait for the new one.
 * @module
 */

import { relative } from "node:path";
import process from "node:process";
import { RetryDelay } from "../../retry-delay.ts";
import { colored } from "../color.ts";
import type { Front } from "./front.ts";
import { type ProcessOptions, ServerProcess } from "./server-process.ts";
import { Watcher } from "./watcher.ts";

/** The parts of a reloading server. */
export interface ReloadOptions extends ProcessOptions {
  readonly front: Front;
  /** Returns the files whose changes matter, as they are now. */
  files(): Promise<Iterable<string>>;
  /** Called when the service is ready for the first time. */
  onReady?(): void;
}

/** The delays until a server that has ended by itself is started again, in milliseconds. */
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;

/** A reloading server. */
export class Reload {
  readonly #options: ReloadOptions;
  readonly #watcher: Watcher;
  readonly #delay = new RetryDelay(FIRST_DELAY_MS, MAX_DELAY_MS);
  readonly #stopping = new Set<Promise<void>>();
  #process: ServerProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Grows with each start: what an older one says does not count. */
  #version = 0;
  #hasBeenReady = false;

  constructor(options: ReloadOptions) {
    this.#options = options;
    this.#watcher = new Watcher((changed) => {
      const [first = "", ...others] = changed.map((file) => relative(process.cwd(), file));
      const more = others.length === 0 ? "" : ` and ${others.length} more`;
      say(`${first}${more} changed: starting again`);
      this.#delay.reset();
      void this.start();
    });
  }

  /** Starts the current version, and stops the one before. */
  async start(): Promise<void> {
    clearTimeout(this.#timer);
    this.#version += 1;
    const version = this.#version;
    const { front } = this.#options;
    front.hold();
    this.#stop();
    const startedAt = performance.now();
    this.#watcher.watch(await this.#options.files());
    const next = await ServerProcess.start(this.#options);
    if (version !== this.#version) {
      next.kill();
      return;
    }
    this.#process = next;
    const outcome = await next.started;
    if (version !== this.#version) return;
    // Files that are new to the service, and those that were missing.
    this.#watcher.watch(await this.#options.files());
    front.send(outcome);
    if ("error" in outcome) {
      say("Waiting for a change of its files", "yellow");
      return;
    }
    const ms = Math.round(performance.now() - startedAt);
    say(`Ready in ${ms} ms, and following ${this.#watcher.size} files`, "green");
    if (!this.#hasBeenReady) this.#options.onReady?.();
    this.#hasBeenReady = true;
    void next.ended.then((how) => this.#restart(version, how));
    this.#timer = setTimeout(() => this.#delay.reset(), MAX_DELAY_MS);
  }

  /** Starts a server again that has ended by itself. */
  #restart(version: number, how: string): void {
    if (version !== this.#version) return;
    clearTimeout(this.#timer);
    this.#process = undefined;
    const delayMs = this.#delay.next();
    say(`The server ${how}: starting again in ${delayMs / 1000} s`, "yellow");
    this.#options.front.send({ error: `The server ${how}. It is started again soon` });
    this.#timer = setTimeout(() => void this.start(), delayMs);
  }

  #stop(): void {
    const old = this.#process;
    this.#process = undefined;
    if (old === undefined) return;
    const stopping = old.stop().finally(() => this.#stopping.delete(stopping));
    this.#stopping.add(stopping);
  }

  /** Ends everything; requests under way have their time. */
  async close(): Promise<void> {
    this.#version += 1;
    clearTimeout(this.#timer);
    this.#watcher[Symbol.dispose]();
    this.#stop();
    await Promise.all(this.#stopping);
    this.#options.front.close();
  }

  /** Ends everything at once. */
  kill(): void {
    this.#process?.kill();
  }
}

/** Tells the person at the terminal, on stderr: stdout is the log of the service. */
function say(text: string, color: "cyan" | "green" | "yellow" = "cyan"): void {
  console.error(colored(color, text));
}
