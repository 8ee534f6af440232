/**
 * `ekiben models list` and `get`.
 * @module
 */

import { Command, Option } from "commander";
import { stringify } from "yaml";
import { messageOf } from "../../error.ts";
import { sizeText } from "../../models/fetch/progress.ts";
import { infoValues } from "../../models/model-info.ts";
import { StoreReader } from "../../models/store-reader.ts";
import type { StoredModel } from "../../models/stored-model.ts";
import { colored } from "../color.ts";

/** The `list` command. */
export const listCommand: Command = new Command("list")
  .description("List models, the newest version of each first")
  .argument("[filter]", "a tag, or the beginning of a name")
  .addOption(output("table", ["table", "json", "yaml"]))
  .action((filter: string | undefined, flags: { readonly output: string }) => {
    const models = new StoreReader().list(filter, (error) => {
      console.error(`${colored("yellow", "warning:")} ${messageOf(error)}`);
    });
    if (flags.output === "table") printTable(models);
    else print(models.map(summary), flags.output);
  });

/** The `get` command. */
export const getCommand: Command = new Command("get")
  .description("Print what the store knows about a model, or where it is")
  .argument("<tag>", "name:version, or a name for its newest version")
  .addOption(output("yaml", ["yaml", "json", "path"]))
  .action((tag: string, flags: { readonly output: string }) => {
    const model = new StoreReader().get(tag);
    if (flags.output === "path") console.log(model.path);
    else print({ tag: model.tag, ...infoValues(model.info), path: model.path }, flags.output);
  });

function output(usual: string, all: readonly string[]): Option {
  return new Option("-o, --output <format>", "the form of the output")
    .choices([...all])
    .default(usual);
}

function print(value: unknown, format: string): void {
  const isJson = format === "json";
  console.log(isJson ? JSON.stringify(value, undefined, 2) : stringify(value).trimEnd());
}

function summary(model: StoredModel): Record<string, unknown> {
  const { module, labels, source, license, digest, creationTime } = model.info;
  return {
    tag: model.tag,
    name: model.name,
    version: model.version,
    module,
    size: model.size,
    creation_time: creationTime,
    labels,
    ...(source === undefined ? {} : { source }),
    ...(license === undefined ? {} : { license }),
    digest,
    path: model.path,
  };
}

function printTable(models: readonly StoredModel[]): void {
  const rows = models.map((model) => [
    model.tag,
    model.info.module,
    sizeText(model.size),
    model.info.creationTime.slice(0, 19).replace("T", " "),
  ]);
  const all = [["Tag", "Module", "Size", "Creation Time"], ...rows];
  const widths = [0, 1, 2, 3].map((at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  for (const row of all) {
    const cells = row.map((cell, at) => cell.padEnd(widths[at] ?? 0));
    console.log(cells.join("  ").trimEnd());
  }
}
