/** Runs a program that makes load. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { text } from "node:stream/consumers";

/** The packages of Debian that have the programs. */
const PACKAGES: Readonly<Record<string, string>> = { wrk: "wrk", h2load: "nghttp2-client" };

/** Returns the output of a program. */
export async function outputOf(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const [output, errors] = [text(child.stdout), text(child.stderr)];
  try {
    const [status] = await once(child, "close");
    if (status !== 0) throw new Error(`${program} ended with ${status}: ${await errors}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const install = `apt-get install ${PACKAGES[program] ?? program}`;
    throw new Error(`There is no ${program}, which makes the load: ${install}`);
  }
  return await output;
}
