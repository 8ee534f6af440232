/** ServerProcess: a server in a process of its own, which can be paused. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { commandOf, environmentOf, type RuntimeName } from "../runtimes.ts";

/** The command of a server. */
export interface Program {
  readonly runtime: RuntimeName;
  readonly file: URL;
  /** Its arguments, given the port for HTTP or, for bare gRPC servers, for gRPC. */
  readonly args: (port: number, secondPort: number) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const START_MS = 30_000;
const running = new Set<ChildProcess>();
process.on("exit", killAll);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

export class ServerProcess implements AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  /** The port of gRPC beside that of HTTP. */
  readonly secondPort: number;
  /** The start of the process, by `performance.now()`. */
  readonly startedAt: number;
  readonly #child: ChildProcess;
  #output = "";

  private constructor(
    child: ChildProcess,
    facts: Pick<ServerProcess, "port" | "secondPort" | "startedAt">,
  ) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.port = facts.port;
    this.secondPort = facts.secondPort;
    this.startedAt = facts.startedAt;
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk).slice(-4000);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
  }

  /** Starts a server without waiting for it. */
  static async start({ runtime, file, args, env }: Program): Promise<ServerProcess> {
    const [port, secondPort] = [await freePort(), await freePort()];
    const [program, ...flags] = commandOf(runtime);
    const startedAt = performance.now();
    const child = spawn(program, [...flags, fileURLToPath(file), ...args(port, secondPort)], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environmentOf(runtime), ...env },
    });
    running.add(child);
    child.on("exit", () => running.delete(child));
    return new ServerProcess(child, { port, secondPort, startedAt });
  }

  /** Starts a server, and waits until a probe of it is answered. */
  static async open(
    program: Program,
    probe: (server: ServerProcess) => Promise<void>,
  ): Promise<ServerProcess> {
    const server = await ServerProcess.start(program);
    await server.until(() => probe(server), 50);
    return server;
  }

  /** Repeats a probe until it succeeds. */
  async until(probe: () => Promise<void>, everyMs: number): Promise<void> {
    const startedAt = performance.now();
    for (;;) {
      try {
        return await probe();
      } catch (error) {
        const late = performance.now() - startedAt > START_MS;
        if (late || this.#child.exitCode !== null) {
          throw new Error(`A server does not answer:\n${this.#output}`, { cause: error });
        }
      }
      await setTimeout(everyMs);
    }
  }

  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await exit;
  }
}

function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer().on("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
  });
  return promise;
}
