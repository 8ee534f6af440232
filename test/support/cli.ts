/** The command line as a process of its own, on the runtime that runs the test. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { root } from "./runtimes.ts";
import { until } from "./until.ts";

/** The store of all processes, which is not that of the user. */
const home = join(tmpdir(), `ekiben-test-${process.pid}`);
process.on("exit", () => rmSync(home, { recursive: true, force: true }));

const main = fileURLToPath(new URL("src/cli/main.ts", root));

/** Returns the command line that runs a script on a runtime. */
export function command(program: string, script: string): readonly string[] {
  if (!/deno(\.exe)?$/.test(program)) return [program, script];
  const flags = ["-A", "--quiet", "--no-lock", "--node-modules-dir=manual"];
  return [program, "run", ...flags, "--unstable-no-legacy-abort", script];
}

/** The options of a process. */
export interface CliOptions {
  /** Environment variables; `undefined` removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The port of a server. Default any that is free. */
  readonly port?: number;
  /** The address that a server listens on. Default 127.0.0.1. */
  readonly host?: string;
  /** The number of files that the process may open. */
  readonly openFiles?: number;
  /** The binary of another runtime. */
  readonly program?: string;
  /** Another program than the command line. */
  readonly script?: string;
}

/** The exit code and the output of a process that has ended. */
export interface Ended {
  readonly code: number | null;
  /** Both streams; lines of one may come before earlier ones of the other. */
  readonly output: string;
  /** What a command prints as its result. Warnings and errors are not in it. */
  readonly stdout: string;
}

/** A running server. */
export interface Running extends AsyncDisposable {
  readonly url: string;
  /** Sends a signal to it. */
  kill(signal: NodeJS.Signals): void;
  /** The output up to now. */
  readonly output: string;
  /** Reads no more of its output, like a log collector that hangs. */
  pauseOutput(): void;
  /** Closes the pipes of its output, like a log collector that crashes. */
  closeOutput(): void;
  /** Resolves when the process has ended. */
  readonly ended: Promise<Ended>;
}

/**
 * Returns the exit code of a command that is refused: 2 for a command, a flag or a value that is
 * not known, and 1 for all else.
 */
export function refusalCode(output: string): 1 | 2 {
  const usage = /^error: (unknown|option .* is invalid|Cannot use --)|cannot be used with option/m;
  return usage.test(output) ? 2 : 1;
}

/** Runs a command to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  return await launch(args, options).ended;
}

/** Starts a server on a free port, and waits until it is ready. */
export async function startCli(
  args: readonly string[],
  options: CliOptions = {},
  // Both lines: where it listens, and the runner that is ready.
  ready: RegExp = /Serving \S+ on (http:\S+)[\s\S]*Runner/,
): Promise<Running> {
  const { child, ended, output } = launch(
    [...args, "--port", String(options.port ?? 0), "--host", options.host ?? "127.0.0.1"],
    options,
  );
  const url = await new Promise<string>((resolve, reject) => {
    const look = (): void => {
      const found = ready.exec(output());
      if (found !== null) resolve(found[1] ?? "");
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    void ended.then((end) => reject(new Error(`ended with ${end.code}: ${end.output}`)));
  });
  return {
    url,
    // Not child.kill(): after that, Deno reports the signal instead of the exit code.
    kill: (signal) => void (child.pid !== undefined && process.kill(child.pid, signal)),
    get output() {
      return output();
    },
    pauseOutput() {
      for (const stream of [child.stdout, child.stderr]) stream?.removeAllListeners("data").pause();
    },
    closeOutput() {
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
    },
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Waits until a server has logged a line: it may come later than the answer to a request. */
export async function logged(server: Running, line: RegExp): Promise<void> {
  await until(() => line.test(server.output)).catch(() => assert.match(server.output, line));
}

/** Tests read lines as people do; those about requests are asked for by name. */
const QUIET = { NO_COLOR: "1", EKIBEN_LOG_FORMAT: "text", EKIBEN_LOG: "ekiben.access=off" };

function launch(
  args: readonly string[],
  { env = {}, openFiles, program = process.execPath, script = main }: CliOptions,
) {
  const limited = ["/bin/sh", "-c", `ulimit -n ${openFiles}; exec "$@"`, "sh"];
  const shell = openFiles === undefined ? [] : limited;
  const [binary = "", ...flags] = [...shell, ...command(program, script)];
  const child = spawn(binary, [...flags, ...args], {
    // Without a terminal, a stop would wait for load balancers.
    env: { ...process.env, ...QUIET, EKIBEN_DRAIN_LEAD: "0", EKIBEN_HOME: home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [output, stdout] = ["", ""];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8");
    stream?.on("data", (chunk: string) => {
      output += chunk;
      if (stream === child.stdout) stdout += chunk;
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, output, stdout }));
  });
  return { child, ended, output: () => output };
}
