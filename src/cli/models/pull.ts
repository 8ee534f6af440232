/**
 * `ekiben models pull`.
 * @module
 */

import { Command } from "commander";
import { pull } from "../../models/locate.ts";
import { addLabel, addText, type Labels } from "./labels.ts";
import { consoleProgress } from "./progress.ts";

interface PullFlags {
  readonly name?: string;
  readonly version?: string;
  readonly label?: Labels;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly sha256?: string;
}

/** The `pull` command. */
export const pullCommand: Command = new Command("pull")
  .description("Fetch a model into the store, unless it is there, and print its tag")
  .argument(
    "<source>",
    "hf:owner/repo, hf:owner/repo@revision, hf:owner/repo@revision/path/model.onnx, or a URL",
  )
  .option("--name <name>", "the name (default: owner--repo, or that of the file)")
  .option("--version <version>", "the version (default: the commit, or a new one)")
  .option("--label <key=value>", "a label; may be given several times", addLabel)
  .option(
    "--include <pattern>",
    "files of the repository, such as 'onnx/*' (default: its only model); several times",
    addText,
  )
  .option("--exclude <pattern>", "files that are left out; several times", addText)
  .option("--sha256 <hash>", "the hash that the file of a URL must have")
  .action(async (source: string, { label, ...flags }: PullFlags) => {
    const found = await pull(source, { ...flags, labels: label, progress: consoleProgress() });
    console.log(found.model.tag);
  })
  .addHelpText(
    "after",
    `
Environment variables, as in the hub's own tools: HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE,
HF_HUB_DOWNLOAD_TIMEOUT (seconds without another byte; default 10), HF_HOME, HF_TOKEN_PATH.`,
  );
