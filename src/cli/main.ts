/**
 * The command line: `ekiben serve <service.ts | model.onnx>`.
 * @module
 */

import process from "node:process";
import { Command } from "commander";
import { withLongFlags } from "../bentoml/flags.ts";
import { messageOf } from "../error.ts";
import { executable } from "../executable.ts";
import { exit } from "../runtime/exit.ts";
import { surviveClosedOutput } from "../runtime/uncaught.ts";
import { VERSION } from "../version.ts";
import { compileCommand } from "./compile/compile.ts";
import { initCommand } from "./init/init.ts";
import { serveCommand, serveHttpCommand } from "./serve.ts";
import { serveGrpcCommand } from "./serve-grpc.ts";
import { simulateCommand } from "./simulate/command.ts";

/** The errors that are thrown for mistakes in code. */
const MISTAKES: ReadonlySet<string> = new Set(["TypeError", "ReferenceError", "SyntaxError"]);

const program = new Command("ekiben")
  .description("A model server: one service over HTTP, inference in workers")
  .version(VERSION, "-v, --version")
  .showHelpAfterError("(ekiben --help lists the commands)")
  .addCommand(serveCommand)
  .addCommand(serveHttpCommand)
  .addCommand(serveGrpcCommand)
  .addCommand(simulateCommand);

// An executable of `ekiben compile` serves what is inside it.
if (executable() === undefined) program.addCommand(initCommand).addCommand(compileCommand);

surviveClosedOutput();
try {
  await program.parseAsync(withLongFlags(withCommand(process.argv)));
} catch (error) {
  console.error(`error: ${messageOf(error)}`);
  // An error that is thrown on purpose needs no stack; a mistake in the user's code does.
  const cause = error instanceof Error ? (error.cause ?? error) : undefined;
  if (cause instanceof Error && MISTAKES.has(cause.name)) console.error(cause.stack);
  exit(1);
}

/** Returns the arguments of an executable, whose default command is `serve`. */
function withCommand(argv: readonly string[]): string[] {
  const [runtime = "", program_ = "", ...args] = argv;
  const commands = ["serve", "serve-http", "serve-grpc", "help", "-v", "--version"];
  if (executable() === undefined || commands.includes(args[0] ?? "")) return [...argv];
  return [runtime, program_, "serve", ...args];
}
