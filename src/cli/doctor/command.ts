/**
 * `ekiben doctor`: finds out what would break serving here, and says what to do.
 * @module
 */

import { arch, platform } from "node:os";
import process from "node:process";
import { Command, Option } from "commander";
import { messageOf } from "../../error.ts";
import { readCommandConfig } from "../../runtime/config-file.ts";
import type { ServeOptions } from "../../runtime/serve-options.ts";
import { VERSION } from "../../version.ts";
import { portNumber } from "../flag-numbers.ts";
import { firstSet } from "../flag-values.ts";
import { installCommand } from "../load/project-files.ts";
import { findTarget, MODEL } from "../target-file.ts";
import { mayBeStored } from "../target-store.ts";
import { BACKEND_PROBES, checkBackends, tryBackends } from "./backends.ts";
import { type Finding, problem } from "./finding.ts";
import { checkFolders } from "./folders.ts";
import { checkMachine, thisMachine } from "./machine.ts";
import { checkPorts } from "./ports.ts";
import { type ProbeName, probeHere } from "./probe.ts";
import { checkProject, type RuntimeName } from "./project.ts";
import { reportText } from "./report.ts";
import { checkRuntime } from "./runtime-check.ts";
import { checkTarget, loadHere } from "./target.ts";

interface DoctorFlags {
  readonly port?: number;
  readonly host?: string;
  readonly grpc: boolean;
  readonly grpcPort?: number;
  readonly onePort?: boolean;
  readonly config?: string;
  readonly json?: boolean;
  readonly probe?: ProbeName;
}

/** The `doctor` command. */
export const doctorCommand: Command = new Command("doctor")
  .description("Check the runtime, the backends, the ports and a service before it is served")
  .argument("[target]", "what is to be served, as for ekiben serve (default: this folder)")
  .addOption(
    new Option("-p, --port <number>", "the port to check (default: 3000)")
      .env(firstSet("EKIBEN_PORT", "BENTOML_PORT"))
      .argParser(portNumber),
  )
  .addOption(
    new Option("--host <address>", "the address to check it on (default: 0.0.0.0)").env(
      firstSet("EKIBEN_HOST", "BENTOML_HOST"),
    ),
  )
  .addOption(
    new Option("--grpc-port <number>", "the port of gRPC to check (default: the next one, 3001)")
      .env("EKIBEN_GRPC_PORT")
      .argParser(portNumber),
  )
  .addOption(new Option("--no-grpc", "check no port of gRPC"))
  .addOption(new Option("--one-port", "check one port, as serve --one-port opens it"))
  .addOption(
    new Option("--config <file>", "a configuration file to check, whose ports count").env(
      firstSet("EKIBEN_CONFIG", "BENTOML_CONFIG"),
    ),
  )
  .addOption(new Option("--json", "print JSON"))
  .addOption(new Option("--probe <name>", "try one thing in this process").hideHelp())
  .action(async (target: string | undefined, flags: DoctorFlags) => {
    if (flags.probe !== undefined) return await probe(flags.probe, target);
    const findings = await examine(target, flags);
    const isWell = findings.every(({ status }) => status !== "problem");
    const report = { version: VERSION, system: `${platform()} ${arch()}`, ok: isWell, findings };
    const title = `ekiben ${VERSION} on ${report.system}`;
    const text = flags.json === true ? JSON.stringify(report, null, 2) : reportText(findings);
    console.log(flags.json === true ? text : `${title}\n\n${text}`);
    process.exitCode = isWell ? 0 : 1;
  });

async function probe(name: ProbeName, target: string | undefined): Promise<void> {
  await probeHere(name === "target" ? () => loadHere(target) : BACKEND_PROBES[name]);
}

/** Runs all checks. */
async function examine(
  target: string | undefined,
  flags: DoctorFlags,
): Promise<readonly Finding[]> {
  const file = await fileOf(target);
  const install = installCommand(file ?? `${process.cwd()}/service.ts`, "onnxruntime-node");
  // The ports first: a service may open some while it is loaded.
  const ports = await checkConfigured(flags);
  const [folders, backends, loaded] = await Promise.all([
    checkFolders(),
    tryBackends(),
    checkTarget(target),
  ]);
  return [
    checkRuntime(process.versions),
    ...checkBackends(backends, install),
    ...checkMachine(thisMachine()),
    ...folders,
    ...ports,
    ...(file === undefined ? [] : checkProject(file, runtimeName())),
    loaded,
  ];
}

/** Checks the configuration, and the ports that it and the flags name. */
async function checkConfigured(flags: DoctorFlags): Promise<readonly Finding[]> {
  const { port, host, grpc, grpcPort, onePort = false } = flags;
  const options: ServeOptions = {
    onePort,
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(!grpc ? { grpcPort: false } : grpcPort === undefined ? {} : { grpcPort }),
  };
  try {
    return await checkPorts(options, await readCommandConfig(flags.config));
  } catch (error) {
    return [problem("configuration", messageOf(error), "ekiben serve stops with the same error")];
  }
}

/** Returns the file of a service; `undefined` for models, and for what cannot be found. */
async function fileOf(target: string | undefined): Promise<string | undefined> {
  if (mayBeStored(target)) return undefined;
  const found = await findTarget(target).catch(() => undefined);
  return found === undefined || found.isFolder || MODEL.test(found.path) ? undefined : found.path;
}

function runtimeName(): RuntimeName {
  const { bun, deno } = process.versions;
  return bun !== undefined ? "bun" : deno !== undefined ? "deno" : "node";
}
