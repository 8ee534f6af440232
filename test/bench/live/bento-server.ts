/** BentoServer: BentoML with a runnable of a given cost, in a process group of its own. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The newest version when the figures in README.md were measured. */
const PACKAGE = "bentoml==1.4.40";
const STARTS_WITHIN_MS = 60_000;

/** The settings of the service. */
export interface BentoSettings {
  /** Milliseconds a row, and a batch. */
  readonly a: number;
  readonly b: number;
  readonly maxBatchSize: number;
  readonly maxLatencyMs: number;
}

/** Returns a Python that has BentoML. The first time, makes one in the temporary directory. */
export function pythonWithBento(): string {
  const folder = join(tmpdir(), "ekiben-bench-bentoml");
  const python = join(folder, "bin", "python");
  if (!existsSync(join(folder, "bin", "bentoml"))) {
    console.log(`installing ${PACKAGE} in ${folder}`);
    execFileSync("python3", ["-m", "venv", folder], { stdio: "inherit" });
    execFileSync(python, ["-m", "pip", "install", "--quiet", PACKAGE], { stdio: "inherit" });
  }
  return python;
}

export class BentoServer implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async open(python: string, settings: BentoSettings): Promise<BentoServer> {
    const port = await freePort();
    const args = ["-m", "bentoml", "serve", "bentoml_service:Costly", "--port", `${port}`];
    const child = spawn(python, [...args, "--host", "127.0.0.1"], {
      cwd: fileURLToPath(new URL("../fixtures/", import.meta.url)),
      stdio: "ignore",
      detached: true, // its processes are a group, which can be ended as a whole
      env: {
        ...process.env,
        BENTOML_DO_NOT_TRACK: "1",
        BENTOML_HOME: join(tmpdir(), "ekiben-bench-bentoml-home"),
        PYTHONDONTWRITEBYTECODE: "1",
        COST_A: `${settings.a}`,
        COST_B: `${settings.b}`,
        MAX_BATCH_SIZE: `${settings.maxBatchSize}`,
        MAX_LATENCY_MS: `${settings.maxLatencyMs}`,
      },
    });
    const server = new BentoServer(child, port);
    const end = performance.now() + STARTS_WITHIN_MS;
    while (!(await isReady(port))) {
      if (child.exitCode === null && performance.now() < end) continue;
      await server[Symbol.asyncDispose]();
      throw new Error(`BentoML did not start within ${STARTS_WITHIN_MS / 1000} s`);
    }
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.pid === undefined) return;
    const exit = once(this.#child, "exit");
    process.kill(-this.#child.pid, "SIGTERM");
    await exit;
  }
}

async function isReady(port: number): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 200));
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
