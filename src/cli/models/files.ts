/**
 * `ekiben models import` and `export`.
 * @module
 */

import { Command } from "commander";
import { exportModel } from "../../models/export.ts";
import { importModel } from "../../models/import.ts";
import { Store } from "../../models/store.ts";
import { StoreReader } from "../../models/store-reader.ts";
import { addLabel, type Labels } from "./labels.ts";

interface ImportFlags {
  readonly name?: string;
  readonly version?: string;
  readonly label?: Labels;
  readonly license?: string;
}

/** The `import` command. */
export const importCommand: Command = new Command("import")
  .description("Copy a model into the store, and print its tag")
  .argument("<path>", "an ONNX file, a folder, or what `export` has made")
  .option("--name <name>", "the name (default: that of the file, or that in the export)")
  .option("--version <version>", "the version (default: a new one, or that in the export)")
  .option("--label <key=value>", "a label; may be given several times", addLabel)
  .option("--license <identifier>", "its licence, such as apache-2.0")
  .action(async (path: string, { label, ...flags }: ImportFlags) => {
    const model = await importModel(new Store(), path, { ...flags, labels: label });
    console.log(model.tag);
  });

/** The `export` command. */
export const exportCommand: Command = new Command("export")
  .description("Write a model into a new archive or folder, and print its path")
  .argument("<tag>", "name:version, or a name for its newest version")
  .argument(
    "[path]",
    "a .bentomodel, .tar.gz, .tgz or .tar, or else a new folder; in an existing folder, " +
      "a .bentomodel is made",
    ".",
  )
  .action(async (tag: string, path: string) => {
    console.log(await exportModel(new StoreReader().get(tag), path));
  });
