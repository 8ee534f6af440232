/**
 * The command line: `ekiben serve <service.ts | model.onnx>`.
 * @module
 */

import process from "node:process";
import { Command } from "commander";
import { withLongFlags } from "../bentoml/flags.ts";
import { messageOf } from "../error.ts";
import { executable } from "../executable.ts";
import { surviveClosedOutput } from "../runtime/closed-output.ts";
import { exit } from "../runtime/exit.ts";
import { VERSION } from "../version.ts";
import { errorText } from "./color.ts";
import { LINK_VARIABLE } from "./dev/link-variable.ts";
import { withNearChoice } from "./near-choice.ts";
import { UsageError } from "./usage-error.ts";

/** The exit code for commands, flags and values that are not known, as shells have it. */
const USAGE_CODE = 2;

/** The errors that are thrown for mistakes in code. */
const MISTAKES: ReadonlySet<string> = new Set(["TypeError", "ReferenceError", "SyntaxError"]);

/** The commands, each of which is loaded when it is called, or all of them for the help. */
const COMMANDS = new Map<string, () => Promise<Command>>([
  ["serve", async () => (await import("./serve.ts")).serveCommand],
  ["serve-http", async () => (await import("./serve.ts")).serveHttpCommand],
  ["serve-grpc", async () => (await import("./serve-grpc.ts")).serveGrpcCommand],
  ["openapi", async () => (await import("./openapi.ts")).openApiCommand],
  ["bench", async () => (await import("./bench/command.ts")).benchCommand],
  ["simulate", async () => (await import("./simulate/command.ts")).simulateCommand],
]);

// An executable of `ekiben compile` serves what is inside it.
if (executable() === undefined) {
  COMMANDS.set("dev", async () => (await import("./serve.ts")).devCommand);
  COMMANDS.set("config", async () => (await import("./config/command.ts")).configCommand);
  COMMANDS.set("init", async () => (await import("./init/init.ts")).initCommand);
  COMMANDS.set("models", async () => (await import("./models/models.ts")).modelsCommand);
  COMMANDS.set("proto", async () => (await import("./proto.ts")).protoCommand);
  COMMANDS.set("tune", async () => (await import("./tune/command.ts")).tuneCommand);
  COMMANDS.set("doctor", async () => (await import("./doctor/command.ts")).doctorCommand);
  COMMANDS.set("compile", async () => (await import("./compile/compile.ts")).compileCommand);
}

COMMANDS.set("completions", async () =>
  (await import("./completions.ts")).completionsCommand(() => commandsFor(undefined)),
);

/** The groups of commands in the help. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  "Serve:": ["dev", "serve", "serve-http", "serve-grpc"],
  "Build:": ["init", "compile", "openapi", "proto"],
  "Models:": ["models"],
  "Measure:": ["bench", "tune", "simulate"],
  "Help:": ["config", "doctor", "completions"],
};

const program = new Command("ekiben")
  .description("A model server: one service over HTTP, inference in workers")
  .version(VERSION, "-v, --version")
  // `models import --version 1` is of the import.
  .enablePositionalOptions()
  .showHelpAfterError("(ekiben --help lists the commands)");

surviveClosedOutput();
const isLinked = process.env[LINK_VARIABLE] !== undefined;
try {
  // The server of `ekiben dev` ends with the process that holds its ports.
  if (isLinked) (await import("./dev/link.ts")).devLink();
  const argv = withLongFlags(withCommand(process.argv));
  for (const command of await commandsFor(argv[2])) program.addCommand(grouped(command));
  withErrors(program);
  await program.parseAsync(argv);
} catch (error) {
  const text = textOf(error);
  console.error(errorText(`error: ${text}`));
  if (isLinked) await (await import("./dev/link.ts")).devLink()?.fail(text);
  exit(error instanceof UsageError ? USAGE_CODE : 1);
}

/** An error that is thrown on purpose needs no stack; a mistake in the user's code does. */
function textOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : undefined;
  const isDescribed = error instanceof Error && error.name === "LoadError";
  const hasStack = !isDescribed && cause instanceof Error && MISTAKES.has(cause.name);
  return hasStack ? `${messageOf(error)}\n${cause.stack}` : messageOf(error);
}

/** Gives the errors of Commander the colours of all others, and an exit code of their own. */
function withErrors(command: Command): void {
  command.configureOutput({ outputError: (text, write) => write(errorText(withNearChoice(text))) });
  command.exitOverride(({ exitCode }) => exit(exitCode === 0 ? 0 : USAGE_CODE));
  command.commands.forEach(withErrors);
}

/** Puts a command into its group of the help. */
function grouped(command: Command): Command {
  const [group] = Object.entries(GROUPS).find(([, names]) => names.includes(command.name())) ?? [];
  return group === undefined ? command : command.helpGroup(group);
}

/** Returns the command of a name, none for the version, or all commands for any other word. */
async function commandsFor(word: string | undefined): Promise<readonly Command[]> {
  if (word === "-v" || word === "--version") return [];
  const called = COMMANDS.get(word ?? "");
  if (called !== undefined) return [await called()];
  const all = await Promise.all([...COMMANDS.values()].map((load) => load()));
  const order = Object.values(GROUPS).flat();
  return all.sort((a, b) => order.indexOf(a.name()) - order.indexOf(b.name()));
}

/** Returns the arguments of an executable, whose default command is `serve`. */
function withCommand(argv: readonly string[]): string[] {
  const [runtime = "", program_ = "", ...args] = argv;
  const commands = ["serve", "serve-http", "serve-grpc", "help", "-v", "--version"];
  if (executable() === undefined || commands.includes(args[0] ?? "")) return [...argv];
  return [runtime, program_, "serve", ...args];
}
