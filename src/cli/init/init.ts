/**
 * `ekiben init`: a new project, with a service that runs and a test of it.
 * @module
 */

import { Command } from "commander";
import { VERSION } from "../../version.ts";
import { writeProject } from "./project.ts";

const own = import.meta.url;
const [template, example] = own.endsWith(".ts")
  ? ["../../../create-ekiben/template/", "../../../examples/mnist/"]
  : ["../../template/", "../../template/"];

/** The `init` command. */
export const initCommand: Command = new Command("init")
  .description("Write a new service with a model, a test and a Dockerfile")
  .argument("[folder]", "where; it must not have files of the same names", ".")
  .action((folder: string) => {
    const sources = { template: new URL(template, own), example: new URL(example, own) };
    for (const line of writeProject(folder, { ...sources, version: VERSION })) console.log(line);
  });
