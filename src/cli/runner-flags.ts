/**
 * The flags for the workers of runners: their number, their threads, and their backend; of all
 * runners, or of single ones by their names.
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { suggestion } from "../check.ts";
import type { Config } from "../config/config.ts";
import { BACKENDS } from "../config/runners.ts";
import type { ServeOptions } from "../runtime/serve-options.ts";
import { type PerRunner, perRunner } from "./flag-values.ts";
import { UsageError } from "./usage-error.ts";

type Backend = (typeof BACKENDS)[number];

/** The values of the flags. */
export interface RunnerFlags {
  readonly workers?: PerRunner<number | "auto">;
  readonly threads?: PerRunner<number>;
  readonly backend?: PerRunner<Backend>;
}

/** Adds the flags. */
export function withRunnerFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--workers <number>",
        "the workers of each runner, or auto for those that the cores have room for; of one " +
          "runner by its name: --workers mnist=2 (default: what the code says, or auto)",
      )
        .env("EKIBEN_WORKERS")
        .argParser(perRunner((text) => (text === "auto" ? text : count(text, "auto, or ")))),
    )
    .addOption(
      new Option(
        "--threads <number>",
        "the inference threads of each worker, where its code can use several; of one runner: " +
          "--threads mnist=4 (default: 1)",
      )
        .env("EKIBEN_THREADS")
        .argParser(perRunner((text) => count(text))),
    )
    .addOption(
      new Option(
        "--backend <name>",
        `the backend of models where the code names none: ${BACKENDS.join(", ")}; of one ` +
          "runner: --backend mnist=wasm (default: auto, which tries those of a model.onnx)",
      )
        .env("EKIBEN_BACKEND")
        .argParser(perRunner(backend)),
    );
}

/** Returns the option that the flags set for all runners. */
export function readRunnerFlags({ backend }: RunnerFlags): Pick<ServeOptions, "backend"> {
  return backend?.all === undefined ? {} : { backend: backend.all };
}

/** Returns a configuration in which the flags take precedence. */
export function configWith(config: Config, flags: RunnerFlags): Config {
  const { workers, threads, backend } = flags;
  if (workers === undefined && threads === undefined && backend === undefined) return config;
  return {
    ...config,
    runner(name) {
      const configured = config.runner(name);
      const ofThreads = threads?.named.get(name) ?? threads?.all;
      return {
        ...configured,
        workers: valueFor(workers, name) ?? configured.workers,
        backend: valueFor(backend, name) ?? configured.backend,
        ...(ofThreads === undefined
          ? {}
          : { threads: ofThreads, sharesThreads: threads?.named.has(name) !== true }),
      };
    },
    checkRunners(names) {
      config.checkRunners(names);
      for (const [flag, value] of Object.entries({ workers, threads, backend })) {
        checkNames(`--${flag}`, value, names);
      }
    },
  };
}

function valueFor<T>(values: PerRunner<T> | undefined, name: string): T | undefined {
  return values?.named.get(name) ?? values?.all;
}

/** @throws UsageError for the name of no runner */
function checkNames(
  flag: string,
  value: PerRunner<unknown> | undefined,
  names: readonly string[],
): void {
  for (const name of value?.named.keys() ?? []) {
    if (names.includes(name)) continue;
    const hint = suggestion(name, names, "the service's runners are");
    throw new UsageError(`Cannot use ${flag}: there is no runner "${name}": ${hint}`);
  }
}

/** @param more what else is valid, for the message */
function count(text: string, more = "or "): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 1 up, ${more}runner=number.`);
}

function backend(text: string): Backend {
  const found = BACKENDS.find((name) => name === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`Allowed choices are ${BACKENDS.join(", ")}.`);
}
