/** A process that serves, on the runtime that runs the test: if it crashes, the test sees it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Http2Limits } from "../../../src/runtime/http2/limits.ts";

/** What the process says of itself. */
export interface Stats {
  readonly started: number;
  readonly running: number;
  readonly rssBytes: number;
}

/** A running server. */
export class ServerProcess {
  readonly grpcPort: number;
  /** The port that takes HTTP/1.1 too. */
  readonly onePort: number;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, ports: Ports) {
    this.#child = child;
    this.#lines = lines;
    this.grpcPort = ports.grpcPort;
    this.onePort = ports.onePort;
  }

  static async start(limits: Partial<Http2Limits> = {}): Promise<ServerProcess> {
    const program = fileURLToPath(new URL("echo-server.ts", import.meta.url));
    const flags = ["run", "-A", "--quiet", "--no-lock", "--node-modules-dir=manual", "--no-check"];
    const isDeno = "deno" in process.versions;
    const args = isDeno ? [...flags, "--unstable-no-legacy-abort", program] : [program];
    const child = spawn(process.execPath, [...args, JSON.stringify(limits)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value } = await lines.next();
    return new ServerProcess(child, lines, JSON.parse(value as string));
  }

  /** @throws Error when the process has ended */
  async stats(): Promise<Stats> {
    this.#child.stdin?.write("?\n");
    const { value, done } = await this.#lines.next();
    if (done !== true) return JSON.parse(value) as Stats;
    throw new Error(`The server has ended: ${this.#child.exitCode ?? this.#child.signalCode}`);
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await once(this.#child, "exit");
    }
  }
}

interface Ports {
  readonly grpcPort: number;
  readonly onePort: number;
}
