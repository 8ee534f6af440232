/** Every flag of the commands that serve is an option of serve() or serveGrpc(). */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "commander";
import { serveCommand, serveHttpCommand } from "../../src/cli/serve.ts";
import { serveGrpcCommand } from "../../src/cli/serve-grpc.ts";
import { OPTION_NAMES } from "../../src/runtime/serve-options.ts";

/** Options whose names say a unit, or that are one object, by flag. */
const RENAMED: Readonly<Record<string, string>> = {
  allowedHost: "allowedHosts",
  apiKey: "apiKeys",
  corsOrigin: "cors",
  metricsKey: "metricsKeys",
  openPath: "openPaths",
  rateBurst: "rateLimit",
  trustProxy: "trustedProxies",
  drainLead: "drainLeadMs",
  accessLogSample: "accessLog",
  enableReflection: "reflection",
  grace: "graceMs",
  grpc: "grpcPort", // --no-grpc is false
  maxBody: "maxBodyBytes",
  maxHeld: "maxHeldBytes",
  sslCaCerts: "tls",
  sslCertReqs: "tls",
  sslCertfile: "tls",
  sslCiphers: "tls",
  sslKeyfile: "tls",
  sslKeyfilePassword: "tls",
  sslVersion: "tls",
  timeout: "timeoutMs",
};

/** Flags that a program has no use for, and why. */
const NEEDLESS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...["batch", "name", "modelName", "modelControl", "modelControlMode", "maxModels"],
      ...["watch", "strictReadiness", "tryWebgpu"],
    ].map((flag) => [flag, "it is for models without code"] as const),
  ),
  logFormat: "a program configures LogTape",
  logLevel: "a program configures LogTape",
  threads: "runner() has it",
  workers: "runner() has it",
  open: "a program opens its own page",
  reload: "a program is started again by its runtime: bun --watch",
  workingDir: "a program chooses its own folder",
};

/** Flags of BentoML that are refused or do nothing. */
const BENTOML = [
  ...["production", "development", "apiWorkers", "backlog", "env"],
  ...["protocolVersion", "enableChannelz"],
];

const commands: readonly (readonly [Command, readonly string[]])[] = [
  [serveCommand, OPTION_NAMES.serve],
  [serveHttpCommand, OPTION_NAMES.serve],
  [serveGrpcCommand, OPTION_NAMES.serveGrpc],
];

for (const [command, options] of commands) {
  test(`ekiben ${command.name()} has an option for each flag`, () => {
    const flags = command.options.map((option) => option.attributeName());
    assert.ok(flags.length > 15, "the flags were found");
    const missing = flags.filter((flag) => {
      if (BENTOML.includes(flag) || Object.hasOwn(NEEDLESS, flag)) return false;
      return !options.includes(RENAMED[flag] ?? flag);
    });
    assert.deepEqual(missing, []);
  });
}

test("the lists of renamed and needless flags name only existing flags", () => {
  const flags = commands.flatMap(([command]) =>
    command.options.map((option) => option.attributeName()),
  );
  const listed = [...Object.keys(RENAMED), ...Object.keys(NEEDLESS), ...BENTOML];
  assert.deepEqual(
    listed.filter((flag) => !flags.includes(flag)),
    [],
  );
});
