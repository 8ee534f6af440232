/**
 * `ekiben openapi`: prints the OpenAPI document of a service, without serving it.
 * @module
 */

import { writeFile } from "node:fs/promises";
import process from "node:process";
import { Command, Option } from "commander";
import { messageOf } from "../error.ts";
import { openApiText } from "../http/openapi/text.ts";
import { Repository } from "../repository/repository.ts";
import { openAccess } from "../runtime/access.ts";
import { readCommandConfig } from "../runtime/config-file.ts";
import { exit } from "../runtime/exit.ts";
import { httpAddress } from "../runtime/ports.ts";
import { settingsOf } from "../runtime/settings.ts";
import { type AccessFlags, readAccessFlags, withAccessFlags } from "./access-flags.ts";
import { firstSet } from "./flag-values.ts";
import { compatibilityFlag } from "./grpc-flags.ts";
import { type ModelFlags, readModelFlags, withModelFlags } from "./model-flags.ts";
import { loadTarget } from "./target.ts";
import { readUiFlags, type UiFlags, withUiFlags } from "./ui-flags.ts";

/** The flags: those of `ekiben serve` that the document depends on, and one of its own. */
interface OpenApiFlags extends AccessFlags, ModelFlags, UiFlags {
  readonly output?: string;
  readonly config?: string;
  readonly compatibility?: boolean;
}

const command = new Command("openapi")
  .description("Print the OpenAPI document of a service or of models, without serving them")
  .argument("[target]", "what ekiben serve takes: a service's file, a model, or a folder")
  .addOption(new Option("--output <file>", "write the document to a file"))
  .addOption(
    new Option("--config <file>", "the configuration of the server, as for serve").env(
      firstSet("EKIBEN_CONFIG", "BENTOML_CONFIG"),
    ),
  )
  .addOption(compatibilityFlag());

/** The `openapi` command. */
export const openApiCommand: Command = withUiFlags(withModelFlags(withAccessFlags(command))).action(
  async (target: string | undefined, flags: OpenApiFlags) => {
    const { output, compatibility = false } = flags;
    const config = await readCommandConfig(flags.config);
    const options = { ...readAccessFlags(flags), ...readUiFlags(flags), compatibility };
    const service = await loadTarget(target, {
      ...readModelFlags(flags),
      config,
      batching: () => ({ choice: "auto", overridesOff: false }),
    });
    // The tensors of models are known from their files: no worker has to load them.
    if (service.models instanceof Repository) await service.models.declare();
    const settings = settingsOf(options, { config, limits: undefined });
    const { access } = await openAccess(service, settings, httpAddress(options, config).host);
    const text = openApiText(service, { ...settings, ...readUiFlags(flags), access });
    if (output !== undefined) await written(output, text);
    else await new Promise((resolve) => process.stdout.write(text, resolve));
    // A service's file may have opened something that would keep the process.
    exit(0);
  },
);

async function written(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new Error(`Cannot write the document to ${file}: ${messageOf(error)}`);
  }
}
