/**
 * The flags that all commands for serving have in common.
 * @module
 */

import process from "node:process";
import { type Command, Option } from "commander";
import type { Config } from "../config/config.ts";
import { messageOf } from "../error.ts";
import { EXECUTORS, type ExecutorName } from "../executor/executor.ts";
import { BATCH_CHOICES } from "../repository/batch-choice.ts";
import type { BatchingOf } from "../repository/model-service.ts";
import { readCommandConfig } from "../runtime/config-file.ts";
import type { ServeOptions } from "../runtime/serve-options.ts";
import { UNCAUGHT_POLICIES, type UncaughtPolicy } from "../runtime/uncaught-policy.ts";
import { type AccessFlags, readAccessFlags, withAccessFlags } from "./access-flags.ts";
import { type RefusedFlags, refuseFlags, withBentomlFlags } from "./bentoml-flags.ts";
import { withGroups } from "./flag-groups.ts";
import { portNumber, wholeNumber } from "./flag-numbers.ts";
import { firstSet } from "./flag-values.ts";
import { type LogFlags, readLogFlags, withLogFlags } from "./log-flags.ts";
import { type ModelFlags, readModelFlags, withModelFlags } from "./model-flags.ts";
import { configWith, type RunnerFlags, readRunnerFlags, withRunnerFlags } from "./runner-flags.ts";
import type { TargetOptions } from "./target.ts";

/** The values of the flags; the configuration sets the missing ones. */
export interface ServeFlags extends RefusedFlags, AccessFlags, ModelFlags, RunnerFlags, LogFlags {
  readonly port?: number;
  readonly host?: string;
  readonly timeout?: number;
  readonly isolation?: ExecutorName;
  readonly maxBody?: number;
  readonly maxHeld?: number;
  readonly grace: number;
  readonly drainLead?: number;
  readonly maxConnections?: number;
  readonly onUncaught?: UncaughtPolicy;
  readonly recordTrace?: string;
  readonly config?: string;
  readonly workingDir?: string;
  readonly reload?: boolean;
  readonly nativeHistograms?: (typeof SWITCH)[number] | false;
}

/** The values of an on/off flag: an environment variable may also be `true` or `false`. */
const SWITCH = ["on", "off", "true", "false"] as const;

/** Adds the flags, and the argument that names the target. */
export function withServeFlags(command: Command): Command {
  const grouped = withGroups(withBentomlFlags(command));
  return withModelFlags(withRunnerFlags(withLogFlags(withAccessFlags(grouped))))
    .argument(
      "[target]",
      "a service file such as service.ts, a model.onnx, a folder with one of them or with many " +
        "models (default: this folder); or a model of the store: its tag, hf:owner/repo, or a URL",
    )
    .addOption(
      new Option("-p, --port <number>", "the port to listen on, 0 for any (default: 3000)")
        .env(firstSet("EKIBEN_PORT", "BENTOML_PORT"))
        .argParser(portNumber),
    )
    .addOption(
      new Option(
        "--host <address>",
        "the address, or unix:<path> (default: 0.0.0.0; 127.0.0.1 for dev, localhost for " +
          "--development)",
      ).env(firstSet("EKIBEN_HOST", "BENTOML_HOST")),
    )
    .addOption(
      new Option(
        "--isolation <place>",
        "where workers run, unless the code says so: in threads of this process, each in a " +
          "process of its own, in web workers, or inline (default: threads)",
      )
        .env("EKIBEN_ISOLATION")
        .choices(EXECUTORS),
    )
    .addOption(
      new Option(
        "--batch <choice>",
        "join calls of a model.onnx into batches (default: auto, by a trial at the start)",
      )
        .env("EKIBEN_BATCH")
        .choices(BATCH_CHOICES),
    )
    .addOption(
      new Option("--timeout <seconds>", "the time limit of a request (default: 60)")
        .env(firstSet("EKIBEN_TIMEOUT", "BENTOML_TIMEOUT"))
        .argParser(wholeNumber),
    )
    .addOption(
      new Option("--max-body <bytes>", "the largest request body, or message (default: 20 MiB)")
        .env("EKIBEN_MAX_BODY")
        .argParser(wholeNumber),
    )
    .addOption(
      new Option("--max-connections <number>", "connections at once, on each port (default: 10000)")
        .env("EKIBEN_MAX_CONNECTIONS")
        .argParser(wholeNumber),
    )
    .addOption(
      new Option(
        "--max-held <bytes>",
        "memory for the bodies of all requests together, then 503 (default: 512 MiB)",
      )
        .env("EKIBEN_MAX_HELD")
        .argParser(wholeNumber),
    )
    .addOption(
      new Option("--grace <seconds>", "the time that requests under way have left at a stop")
        .env("EKIBEN_GRACE")
        .default(10)
        .argParser(wholeNumber),
    )
    .addOption(
      new Option(
        "--drain-lead <seconds>",
        "at a stop, the time to accept requests while not ready (default: 5, 0 at a terminal)",
      )
        .env("EKIBEN_DRAIN_LEAD")
        .argParser(wholeNumber),
    )
    .addOption(
      new Option(
        "--on-uncaught <policy>",
        "after an uncaught exception: stop and exit with 1, or continue (default: drain)",
      )
        .env("EKIBEN_ON_UNCAUGHT")
        .choices(UNCAUGHT_POLICIES),
    )
    .addOption(
      new Option(
        "--config <file>",
        "a YAML file with BentoML's keys, such as runners.batching",
      ).env(firstSet("EKIBEN_CONFIG", "BENTOML_CONFIG")),
    )
    .addOption(
      new Option(
        "--record-trace <file>",
        "record the times, sizes and outcomes of calls, for simulate --trace",
      ).env("EKIBEN_RECORD_TRACE"),
    )
    .addOption(
      new Option(
        "--native-histograms <on|off>",
        "whether scrapes that ask for protobuf get native histograms (default: on)",
      )
        .env("EKIBEN_NATIVE_HISTOGRAMS")
        .choices(SWITCH),
    )
    .addOption(new Option("--no-native-histograms", "the same as off").hideHelp())
    .addOption(
      new Option("--reload", "start the service again when its files change, as ekiben dev does"),
    )
    .addOption(
      new Option("--working-dir <folder>", "the folder to start in: paths are relative to it"),
    );
}

/**
 * Reads the configuration, and returns the options that the flags set: each has the flag's name.
 *
 * @throws Error for a configuration or a folder that cannot be used, and for refused flags
 */
export async function readServeFlags(flags: ServeFlags): Promise<{
  readonly config: Config;
  readonly options: ServeOptions;
  readonly target: TargetOptions;
}> {
  refuseFlags(flags);
  const logging = readLogFlags(flags);
  if (flags.workingDir !== undefined) enter(flags.workingDir);
  const config = configWith(await readCommandConfig(flags.config), flags);
  const { port, host, timeout, isolation, grace, maxBody, maxHeld, drainLead } = flags;
  const { maxConnections, onUncaught, nativeHistograms, recordTrace } = flags;
  const isNative = nativeHistograms === "on" || nativeHistograms === "true";
  const options = {
    graceMs: grace * 1000,
    ...readAccessFlags(flags),
    ...logging,
    ...readRunnerFlags(flags),
    ...(isolation === undefined ? {} : { isolation }),
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }),
    ...(maxBody === undefined ? {} : { maxBodyBytes: maxBody }),
    ...(maxHeld === undefined ? {} : { maxHeldBytes: maxHeld }),
    ...(drainLead === undefined ? {} : { drainLeadMs: drainLead * 1000 }),
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(onUncaught === undefined ? {} : { onUncaught }),
    ...(recordTrace === undefined ? {} : { recordTrace }),
    ...(nativeHistograms === undefined ? {} : { nativeHistograms: isNative }),
  };
  const target = { ...readModelFlags(flags), config, batching: batchingOf(flags, config) };
  return { config, options, target };
}

/** Combines the flag with the configuration, which it overrides. */
function batchingOf({ batch: flag, isolation }: ServeFlags, config: Config): BatchingOf {
  return (runner) => {
    const { batching, isolation: own } = config.runner(runner);
    const { enabled } = batching;
    const configured = enabled === undefined ? "auto" : enabled ? "on" : "off";
    return {
      choice: flag ?? configured,
      overridesOff: enabled === false && flag !== undefined,
      sharesMemory: (isolation ?? own) !== "process",
    };
  };
}

function enter(folder: string): void {
  try {
    process.chdir(folder);
  } catch (cause) {
    throw new Error(`Cannot start in the folder ${folder}: ${messageOf(cause)}`, { cause });
  }
}
