/** Processes that a test starts as a user does: each in a group of its own, which ends as one. */
import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

/** The folder and the environment of a process. */
export interface Place {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What a process that has ended left behind. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** A process under way. Its end is the end of everything that it has started. */
export interface Started extends AsyncDisposable {
  readonly command: string;
  /** What it has printed so far. */
  readonly output: string;
  /** Set when it has ended. */
  readonly end: Ended | undefined;
  /** Sends a signal to it, or to its whole group, as a terminal does at Ctrl-C. */
  kill(signal: NodeJS.Signals, to: "process" | "group"): void;
}

const groups = new Set<number>();
process.on("exit", () => {
  for (const group of groups) send(-group, "SIGKILL");
});
// Ctrl-C reaches the tests only, since every group has left their terminal.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** Starts a program; a line for the shell is started with `shell()`. */
export function start(command: readonly string[], { cwd, env }: Place): Started {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let end: Ended | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  child.on("error", (error) => {
    end = { code: null, signal: null, output: `${program}: ${error.message}` };
  });
  // Not "exit": whatever it has started holds its output open until it has ended too.
  child.on("close", (code, signal) => {
    end ??= { code, signal, output };
  });
  const { pid } = child;
  if (pid !== undefined) groups.add(pid);
  return {
    command: command.join(" "),
    get output() {
      return output;
    },
    get end() {
      return end;
    },
    kill: (signal, to) => {
      if (pid !== undefined) send(to === "group" ? -pid : pid, signal);
    },
    async [Symbol.asyncDispose]() {
      if (pid === undefined) return;
      send(-pid, "SIGKILL");
      await eventually(`${program} has ended`, () => end !== undefined);
      groups.delete(pid);
    },
  };
}

/** A line as someone types it, as a process that receives what is sent to it. */
export function shell(line: string): readonly string[] {
  return ["/bin/sh", "-c", `exec ${line}`];
}

/** Runs a program to its end. */
export async function run(command: readonly string[], place: Place): Promise<Ended> {
  await using started = start(command, place);
  return await endOf(started);
}

/** Waits until a process has ended. */
export async function endOf(started: Started): Promise<Ended> {
  await eventually(`the end of ${started.command}`, () => started.end !== undefined);
  return started.end ?? { code: null, signal: null, output: started.output };
}

/** Waits for something, and fails with its name where it does not happen. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const limit = AbortSignal.timeout(120_000);
  while (!(await condition())) {
    if (limit.aborted) throw new Error(`Waited two minutes in vain for ${what}`);
    await delay(10);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
