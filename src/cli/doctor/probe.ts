/**
 * Probes: what may end a process, such as a native library or the user's code, is tried in one of
 * its own, which is this command with `--probe`.
 * @module
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { messageOf } from "../../error.ts";
import { exit } from "../../runtime/exit.ts";
import { ownCommand } from "../own-command.ts";

/** What a probe tries. */
export type ProbeName = "native" | "wasm" | "webgpu" | "target";

/** The outcome of a probe. */
export type Outcome =
  | { readonly how: "works"; readonly text: string }
  | { readonly how: "fails"; readonly text: string }
  /** Its process has ended without a word, or did not end. */
  | { readonly how: "crashes"; readonly text: string };

/** The time that a probe may take. */
const MAX_MS = 60_000;

/** What the line with the outcome begins with: the user's code may print lines of its own. */
const MARK = "ekiben-probe:";

/** Runs a probe in a process of its own. @param args the arguments of `ekiben doctor` */
export async function runProbe(name: ProbeName, args: readonly string[]): Promise<Outcome> {
  const [file, ...flags] = ownCommand();
  const child = spawn(file, [...flags, "doctor", "--probe", name, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: MAX_MS,
    killSignal: "SIGKILL",
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-MAX_ERRORS);
  });
  return await new Promise((resolve) => {
    child.on("error", (error) => resolve({ how: "crashes", text: messageOf(error) }));
    child.on("close", (code, signal) => {
      const line = output.split("\n").findLast((each) => each.startsWith(MARK));
      if (line !== undefined) return resolve(JSON.parse(line.slice(MARK.length)) as Outcome);
      const isLate = child.killed && signal === "SIGKILL";
      if (isLate) return resolve({ how: "crashes", text: `it took more than ${MAX_MS / 1000} s` });
      const end = signal === null ? `has ended with code ${code}` : `was ended by ${signal}`;
      const said = errors.trim().split("\n").slice(-MAX_LINES).join("\n");
      resolve({ how: "crashes", text: `its process ${end}${said === "" ? "" : `\n${said}`}` });
    });
  });
}

const MAX_ERRORS = 10_000;
const MAX_LINES = 5;

/** Runs a probe in this process, prints its outcome, and ends the process. */
export async function probeHere(work: () => Promise<string>): Promise<void> {
  const outcome = await work().then(
    (text): Outcome => ({ how: "works", text }),
    (error: unknown): Outcome => ({ how: "fails", text: messageOf(error) }),
  );
  // On a line of its own, whatever was printed before.
  process.stdout.write(`\n${MARK}${JSON.stringify(outcome)}\n`, () => exit(0));
}
