#!/usr/bin/env bun
/**
 * The command line: `ekiben serve <service.ts | model.onnx>` and `ekiben simulate`.
 * @module
 */

import process from "node:process";
import { Command } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { messageOf } from "../error.ts";
import { serveCommand } from "./serve.ts";
import { simulateCommand } from "./simulate.ts";

const program = new Command("ekiben")
  .description("A model server: one service over HTTP, inference in workers")
  .version(manifest.version, "-v, --version")
  .showHelpAfterError("(ekiben --help shows what there is)")
  .addCommand(serveCommand)
  .addCommand(simulateCommand);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  // One sentence: whoever needs the stack of their own code gets it from the cause.
  console.error(`error: ${messageOf(error)}`);
  process.exit(1);
}
