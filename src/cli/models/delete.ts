/**
 * `ekiben models delete`.
 * @module
 */

import process from "node:process";
import { createInterface } from "node:readline/promises";
import { Command } from "commander";
import { ServiceError } from "../../error.ts";
import { Store } from "../../models/store.ts";
import type { StoredModel } from "../../models/stored-model.ts";
import { parseTag } from "../../models/tag.ts";

/** The `delete` command. */
export const deleteCommand: Command = new Command("delete")
  .description("Delete a version of a model; or by a name alone, all its versions")
  .argument("<tag>", "name:version, name:latest, or a name")
  .option("-y, --yes", "do not ask")
  .action(async (tag: string, { yes = false }: { readonly yes?: boolean }) => {
    const store = new Store();
    const models = chosen(store, tag);
    if (!yes && !(await isConfirmed(models))) {
      console.error("Nothing was deleted");
      process.exitCode = 1;
      return;
    }
    for (const model of models) {
      await store.delete(model);
      process.stderr.write(`Deleted ${model.tag}\n`);
    }
  });

function chosen(store: Store, tag: string): StoredModel[] {
  const { name } = parseTag(tag);
  if (tag.includes(":")) return [store.get(tag)];
  const all = store.list(name).filter((each) => each.name === name);
  return all.length > 0 ? all : [store.get(tag)];
}

async function isConfirmed(models: readonly StoredModel[]): Promise<boolean> {
  const tags = models.map(({ tag }) => tag).join(", ");
  if (!process.stdin.isTTY) {
    throw new ServiceError("failed_precondition", `Add --yes to delete ${tags} without a question`);
  }
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(`Delete ${tags}? [y/N] `)).trim());
  } finally {
    reader.close();
  }
}
