/** The processes of the live benchmarks: a server, and a client that is not slowed down by it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { commandOf, environmentOf, type RuntimeName } from "../runtimes.ts";
import type { Order } from "./client.ts";
import type { Flow, FlowResults } from "./flow.ts";
import type { ServerSettings } from "./server.ts";

/** A child process that answers in lines. It ends when its input does. */
export class LineProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(program: string, args: readonly string[], env: Record<string, string> = {}) {
    this.#child = spawn(program, args, {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...env },
    });
    const input = this.#child.stdout as NonNullable<ChildProcess["stdout"]>;
    this.#lines = createInterface({ input })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("The process has ended");
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.stdin?.end();
    await exit;
  }
}

/** Starts a file of this folder on a runtime. */
function start(file: string, runtime: RuntimeName, args: readonly string[] = []): LineProcess {
  const [program, ...rest] = commandOf(runtime);
  const path = fileURLToPath(new URL(file, import.meta.url));
  return new LineProcess(program, [...rest, path, ...args], environmentOf(runtime));
}

/** A server that has started. */
export class LiveServer implements AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  readonly #process: LineProcess;

  private constructor(child: LineProcess, port: number) {
    this.#process = child;
    this.port = port;
    this.pid = child.pid;
  }

  static async open(settings: ServerSettings, runtime: RuntimeName): Promise<LiveServer> {
    const child = start("./server.ts", runtime, [JSON.stringify(settings)]);
    return new LiveServer(child, Number(await child.line()));
  }

  /** Returns the rows that a method's workers have computed so far. */
  async computed(method = "large"): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/metrics`);
    const line = new RegExp(`^bench_rows_total\\{[^}]*method="${method}"[^}]*\\} (\\d+)`, "m");
    return Number(line.exec(await answer.text())?.[1] ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

/** The client. */
export class LiveClient implements AsyncDisposable {
  readonly #process = start("./client.ts", "bun" in process.versions ? "bun" : "node");

  /**
   * Calls flows on a port, all at the same time.
   *
   * @param onStart called when calls begin
   */
  async run(
    port: number,
    flows: readonly Flow[],
    { connections = 64, onStart = (): void => {} } = {},
  ): Promise<FlowResults> {
    const order: Order = { port, flows, connections };
    this.#process.write(JSON.stringify(order));
    await this.#process.line();
    onStart();
    return JSON.parse(await this.#process.line()) as FlowResults;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
