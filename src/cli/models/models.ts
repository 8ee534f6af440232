/**
 * `ekiben models`: the store of models on this machine.
 * @module
 */

import { Command } from "commander";
import { deleteCommand } from "./delete.ts";
import { exportCommand, importCommand } from "./files.ts";
import { getCommand, listCommand } from "./list.ts";
import { pullCommand } from "./pull.ts";

/** The `models` command. */
export const modelsCommand: Command = new Command("models")
  .description("Keep models in the store of this machine, and get them from a hub")
  .addCommand(importCommand)
  .addCommand(pullCommand)
  .addCommand(listCommand)
  .addCommand(getCommand)
  .addCommand(deleteCommand)
  .addCommand(exportCommand)
  .addHelpText(
    "after",
    `
The store is the folder EKIBEN_HOME (default: ~/ekiben). A tag is name:version; a name alone, or
name:latest, is the newest version.

Examples:
  ekiben models import mnist.onnx --label stage=test
  ekiben models pull hf:owner/repo@main/onnx/model.onnx
  ekiben serve mnist:latest`,
  );
