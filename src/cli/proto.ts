/**
 * `ekiben proto`: the APIs of a service as a proto file, for typed clients in any language.
 * @module
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { Command, Option } from "commander";
import { messageOf } from "../error.ts";
import { protoFile, protoText } from "../proto/index.ts";
import { Repository } from "../repository/repository.ts";
import { exit } from "../runtime/exit.ts";
import { loadTarget } from "./target.ts";

/** The flags of `ekiben proto`. */
interface ProtoFlags {
  readonly output?: string;
  readonly package?: string;
  readonly name?: string;
}

/** The `proto` command. */
export const protoCommand: Command = new Command("proto")
  .description("Write the APIs of a service as a .proto file, for typed clients in any language")
  .argument("[target]", "a service's file, a model.onnx or a folder with one (default: .)")
  .addOption(
    new Option(
      "--output <file>",
      "the file to write; the numbers of its fields are kept (default: print it)",
    ),
  )
  .addOption(
    new Option("--package <name>", "the package (default: ekiben, the service's name and v1)"),
  )
  .addOption(new Option("--name <name>", "the name of a model that is served without code"))
  .action(async (target: string | undefined, flags: ProtoFlags) => {
    const { output, package: own, name } = flags;
    const service = await loadTarget(target, {
      batching: () => ({ choice: "auto", overridesOff: false }),
      ...(name !== undefined && { name }),
    });
    if (Object.keys(service.apis).length === 0) {
      throw new Error(
        `${service.name} has no APIs, but models: call them by the Open Inference Protocol`,
      );
    }
    // The tensors of models are known from their files: no worker has to load them.
    if (service.models instanceof Repository) await service.models.declare();
    const { proto } = service;
    const kept = output === undefined ? undefined : await earlierText(output);
    const earlier = kept ?? (proto === false ? undefined : proto);
    const text = protoText(protoFile(service, { package: own, earlier }));
    if (output === undefined) await print(text);
    else await write(output, text);
    // What the service's file has started, such as timers, is not waited for.
    exit(0);
  });

/** Returns the text of a file; undefined if there is none. */
async function earlierText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "ENOENT") return undefined;
    throw new Error(`Cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  console.error(`Wrote ${file}`);
}

function print(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
