/** The report of `ekiben config`, in this process. */
import assert from "node:assert/strict";
import process from "node:process";
import { Command } from "commander";
import { reportOf } from "../../../src/cli/config/command.ts";
import type { FoundSetting } from "../../../src/cli/config/found.ts";
import type { Report } from "../../../src/cli/config/report.ts";
import { withPorts } from "../../../src/cli/serve.ts";

/** The report of a command line, with variables of the environment. */
export async function report(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Report> {
  let made: Report | undefined;
  const command = withPorts(new Command("config")).action(async (target, flags, self) => {
    made = await reportOf(target, flags, self);
  });
  Object.assign(process.env, env);
  try {
    await command.exitOverride().parseAsync(args, { from: "user" });
  } finally {
    for (const name of Object.keys(env)) delete process.env[name];
  }
  assert.ok(made !== undefined);
  return made;
}

/** The row of a setting, of the server or of the first runner. */
export function rowOf({ settings, runners }: Report, name: string): FoundSetting {
  const all = [...settings, ...(runners[0]?.settings ?? [])];
  const found = all.find((row) => row.name === name);
  assert.ok(found !== undefined, `there is no row ${name}`);
  return found;
}
