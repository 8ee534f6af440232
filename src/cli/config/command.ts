/**
 * `ekiben config`: the settings that `ekiben serve` would have with the same flags, and where each
 * comes from; or the JSON Schema of the configuration file.
 * @module
 */

import process from "node:process";
import { Command, Option } from "commander";
import { Access } from "../../access/access.ts";
import { systemClock } from "../../clock.ts";
import { readCertificates } from "../../runtime/http2/certificates.ts";
import { readKeys } from "../../runtime/key-file.ts";
import { checkServeOptions } from "../../runtime/serve-options.ts";
import { type AllFlags, readFlags, withPorts } from "../serve.ts";
import type { FoundModelRunner } from "../target.ts";
import { type Effective, effectiveSettings } from "./effective.ts";
import { Sources } from "./found.ts";
import { type Report, reportText } from "./report.ts";
import { allRunnersSettings, codeRunnerSettings, modelRunnerSettings } from "./runner-settings.ts";
import { serverSettings } from "./server-settings.ts";

type ConfigFlags = AllFlags & { readonly json?: true; readonly schema?: true };

/** The `config` command. */
export const configCommand: Command = withPorts(
  new Command("config")
    .description("Print the settings that serve would have with these flags, and their sources")
    .addOption(new Option("--json", "print JSON"))
    .addOption(new Option("--schema", "print the JSON Schema of the configuration file instead")),
).action(async (target: string | undefined, flags: ConfigFlags, command: Command) => {
  if (flags.schema === true) {
    const { configSchemaText } = await import("../../config/schema/schema.ts");
    process.stdout.write(configSchemaText());
    return;
  }
  const report = await reportOf(target, flags, command);
  for (const note of report.notes) console.error(`note: ${note}`);
  console.log(flags.json === true ? JSON.stringify(report, null, 2) : reportText(report));
});

/**
 * Returns the settings of a call of a command.
 *
 * @throws Error as the command for serving does
 */
export async function reportOf(
  target: string | undefined,
  flags: AllFlags,
  command: Command,
): Promise<Report> {
  const effective = effectiveSettings(flags, await readFlags(flags));
  await check(effective);
  const sources = new Sources(command, effective.config);
  const settings = serverSettings(effective, sources);
  const { notes } = effective.config;
  return { settings, runners: await runnersOf(target, effective, sources), notes };
}

/** @throws Error for what a server refuses before it opens its ports */
async function check({ options, settings }: Effective): Promise<void> {
  checkServeOptions("serve", options);
  const { apiKeys } = await readKeys(settings);
  const access = apiKeys === undefined ? settings : { ...settings, apiKeys };
  // It checks the keys and the rates.
  void new Access(access, { clock: systemClock, metrics: undefined, isLocal: false });
  if (settings.tls !== undefined) await readCertificates(settings.tls);
}

async function runnersOf(
  target: string | undefined,
  effective: Effective,
  sources: Sources,
): Promise<Report["runners"]> {
  if (target === undefined)
    return [{ name: "*", settings: allRunnersSettings(effective, sources) }];
  const { loadTarget } = await import("../target.ts");
  const models: FoundModelRunner[] = [];
  const found = (runner: FoundModelRunner): void => void models.push(runner);
  const service = await loadTarget(target, { ...effective.target, found });
  if (service.ownModels === undefined) {
    effective.config.checkRunners(service.runners.map(({ name }) => name));
  }
  return [
    ...service.runners.map((runner) => ({
      name: runner.name,
      settings: codeRunnerSettings(runner, effective, sources),
    })),
    ...models.map((model) => ({
      name: model.name,
      settings: modelRunnerSettings(model, effective, sources),
    })),
  ];
}
