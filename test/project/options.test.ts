/** The documentation lists every option once, and no other. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { UNSUPPORTED_KEYS } from "../../src/bentoml/config-keys.ts";
import { IDLE_FLAGS, IDLE_GRPC_FLAGS, REFUSED_GRPC_FLAG } from "../../src/bentoml/flags.ts";
import { rootPath, temporaryFolder } from "./checkout.ts";
import { environment } from "./environment.ts";
import { codeIn, column, configKeys, flagsIn, tablesIn, variablesIn } from "./options.ts";
import { Stage } from "./play.ts";
import { run } from "./process.ts";

const CONFIGURATION = "docs/configuration.md";

/** The tables of options by page and heading, and the type whose keys they are. */
const TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "docs/services.md": {
    "Options of `service()`": "ekiben.ServiceOptions<{}>",
    "Options of `api()`": "ekiben.ApiOptions<never, never>",
    "The context": "ekiben.Context",
    "The answer": "ekiben.ContextResponse",
  },
  "docs/runners-and-batching.md": {
    "Options of `runner()`": "ekiben.RunnerOptions<undefined>",
    "Options of `batch`": "ekiben.BatchOptions",
    "What `load` receives": "runnable.LoadContext",
    "What `load` returns": "runnable.Loaded<{}, {}>",
    "Options of `runnable()`": "runnable.RunnableOptions",
  },
  "docs/models.md": {
    "Options of `openSession()`": "NonNullable<Parameters<typeof onnx.openSession>[1]>",
    "Keep answers": "ekiben.ApiCacheOptions",
  },
  "docs/browser.md": {
    "A service in a page": "Omit<browser.OpenServiceOptions, keyof ekiben.AppOptions>",
  },
  "docs/inputs-and-outputs.md": {
    "`json()`": "ekiben.JsonOptions",
    "`ndarray()`": "ekiben.NdarrayOptions",
    "`namedTensors()`": "ekiben.NamedTensorsOptions",
    "`dataframe()`": "ekiben.DataFrameOptions",
    "`series()`": "ekiben.SeriesOptions",
    "`image()`": "ekiben.ImageTensorOptions",
    "Options of `resize`": "ekiben.ResizeOptions",
    "`file()`": "ekiben.FileOptions",
  },
  "docs/metrics.md": {
    "Options of a metric": "ekiben.GaugeOptions | ekiben.HistogramOptions",
    "Options of `metrics()`": "ekiben.MetricsOptions",
  },
  "docs/client.md": {
    "Options of `client()`": "clients.ClientOptions",
    "Options of a call": "clients.CallOptions",
  },
  "docs/errors.md": { "Options of `ServiceError`": "ekiben.ServiceErrorOptions" },
};

test("docs/ lists every option of the public functions once, and no other", async () => {
  using folder = temporaryFolder();
  const stage = new Stage(folder);
  const lines = [
    'import type * as browser from "ekiben/browser";',
    'import type * as clients from "ekiben/client";',
    'import type * as ekiben from "ekiben";',
    'import type * as onnx from "ekiben/onnx";',
    'import type * as runnable from "ekiben/runnable";',
    'import type * as server from "ekiben/serve";',
    "type Keys<T> = T extends unknown ? keyof T : never;",
  ];
  /** Has the compiler name the options that only one of a type and a page has. */
  const compare = (where: string, type: string, names: readonly string[]): void => {
    assert.ok(names.length > 0, `${where} has no table of options`);
    const twice = names.filter((name, at) => names.indexOf(name) !== at);
    assert.deepEqual(twice, [], `${where} lists options twice`);
    const listed = names.map((name) => `"${name}"`).join(" | ");
    lines.push(
      `// ${where}`,
      `({} as { lacking: Exclude<Keys<${type}>, ${listed}> }) satisfies { lacking: never };`,
      `({} as { invented: Exclude<${listed}, Keys<${type}>> }) satisfies { invented: never };`,
    );
  };
  for (const [page, sections] of Object.entries(TABLES)) {
    for (const [section, type] of Object.entries(sections)) {
      compare(`${page}, ${section}`, type, optionsIn(page, section));
    }
  }
  for (const type of ["Counter", "Gauge", "Histogram", "Summary"]) {
    const made = `\`${type.toLowerCase()}(name, options)\``;
    const methods = column("docs/metrics.md", "what it offers")[
      column("docs/metrics.md", "method").indexOf(made)
    ];
    compare(
      `methods of ${type}`,
      `ekiben.${type}`,
      codeIn(methods ?? "").map((code) => code.replace("()", "")),
    );
  }
  const cells = column(CONFIGURATION, "option");
  const serving = namesIn(cells);
  compare("options of serve()", "server.ServeOptions | server.ServeGrpcOptions", serving);
  const ofApp = namesIn(cells.filter((cell) => cell.includes("¹")));
  const ofAppAlone = optionsIn("docs/services.md", "Options of `app()` alone");
  compare("options of app()", "ekiben.AppOptions", [...ofApp, ...ofAppAlone]);
  writeFileSync(join(stage.path, "options.ts"), lines.join("\n"));
  const config = { extends: join(rootPath, "tsconfig.json"), include: ["options.ts"] };
  writeFileSync(join(stage.path, "tsconfig.json"), JSON.stringify(config));
  const compile = [process.execPath, "x", "tsc", "-p", "."];
  const { code, output } = await run(compile, { cwd: stage.path, env: environment() });
  assert.equal(code, 0, `${output}\n${numbered(lines)}`);
});

/** The options in the tables below a heading: the code in their first column. */
function optionsIn(page: string, section: string): readonly string[] {
  return tablesIn(page)
    .filter((table) => table.section === section)
    .filter(({ header }) => ["option", "property"].includes(header[0] ?? ""))
    .flatMap(({ rows }) => rows.flatMap(([first = ""]) => codeIn(first)));
}

/** The options that cells name: `metrics` of `metrics.enabled` and `metrics.buckets`. */
function namesIn(cells: readonly string[]): readonly string[] {
  const names = cells.map((cell) => codeIn(cell)[0]?.replace(/[.:].*/, "") ?? "");
  return [...new Set(names)];
}

function numbered(lines: readonly string[]): string {
  return lines.map((line, at) => `${at + 1} ${line}`).join("\n");
}

const COMMANDS = [[], ["serve"], ["serve-http"], ["serve-grpc"]] as const;

test("docs/configuration.md lists each flag of the commands that serve once", async () => {
  const helps = await Promise.all(COMMANDS.map(helpOf));
  const flags = new Set(helps.flatMap(flagsIn));
  const listed = column(CONFIGURATION, "flag").flatMap(codeIn);
  assert.deepEqual(listed.toSorted(), [...flags].sort());
});

test("docs/configuration.md names the flags without an environment variable", async () => {
  const variables = new Map(
    (await Promise.all(COMMANDS.map(helpOf))).flatMap((help) => [...variablesIn(help)]),
  );
  for (const [flag, variable] of variables) {
    if (variable === undefined) continue;
    assert.equal(variable, `EKIBEN_${flag.slice(2).toUpperCase().replaceAll("-", "_")}`);
  }
  const without = [...variables].filter(([, variable]) => variable === undefined);
  const isTls = (flag: string): boolean => flag.startsWith("--ssl-");
  const names = without.map(([flag]) => flag).filter((flag) => !isTls(flag));
  const documented = [
    "--no-access-log",
    "--no-grpc",
    "--one-port",
    "--no-reflection",
    "--open",
    "--reload",
    "--strict-readiness",
    "--watch",
    "--working-dir",
  ];
  assert.deepEqual(names.sort(), [...documented, "--help", "--version"].sort());
});

const OTHERS = [
  ["simulate", "docs/runners-and-batching.md", undefined],
  ["bench", "docs/benchmarks.md", "Benchmark"],
  ["tune", "docs/benchmarks.md", "Tune"],
  ["compile", "docs/deployment.md", undefined],
  ["doctor", "docs/cli.md", "Before you serve"],
  ["openapi", "docs/openapi.md", undefined],
  ["proto", "docs/protocols.md", "An rpc for each API"],
] as const;

for (const [command, page, section] of OTHERS) {
  test(`${page} lists each flag of ekiben ${command} once`, async () => {
    const flags = flagsIn(await helpOf([command])).filter((flag) => !/^(-h|--help)$/.test(flag));
    const listed = tablesIn(page)
      .filter(({ header }) => header[0] === "flag")
      .filter((table) => section === undefined || table.section === section)
      .flatMap(({ rows }) => rows.flatMap(([first = ""]) => codeIn(first)))
      .map((code) => code.replace(/ .*/, ""));
    assert.deepEqual(listed.toSorted(), flags.toSorted());
  });
}

async function helpOf(command: readonly string[]): Promise<string> {
  const main = join(rootPath, "src/cli/main.ts");
  const place = { cwd: rootPath, env: environment() };
  const { code, output } = await run([process.execPath, main, ...command, "--help"], place);
  assert.equal(code, 0, output);
  return output;
}

test("docs/configuration.md lists each key of the file once", () => {
  const known = [
    ...configKeys("api_server"),
    ...configKeys("runners.a_runner").map((key) => key.replace("a_runner.", "")),
  ];
  const listed = column(CONFIGURATION, "file").flatMap(codeIn);
  assert.deepEqual(listed.toSorted(), known.toSorted());
});

const COMING = "docs/coming-from-bentoml.md";

test(`${COMING} lists each key of BentoML's file that is refused`, () => {
  const { top, apiServer, http, traffic, runnerTraffic } = UNSUPPORTED_KEYS;
  const below = (path: string, keys: readonly string[]): readonly string[] =>
    keys.map((key) => `${path}.${key}`);
  const refused = [
    ...top,
    ...below("api_server", apiServer),
    ...below("api_server.http", http),
    ...below("api_server.traffic", traffic),
    ...below("runners.traffic", runnerTraffic),
  ];
  const listed = column(COMING, "refused key").flatMap(codeIn);
  const whole = listed.filter((key) => !/nvidia|channelz|^runners\.resources$/.test(key));
  assert.deepEqual(whole.toSorted(), refused.toSorted());
});

test(`${COMING} lists each flag of BentoML that does nothing, or is refused`, () => {
  const flags = Object.keys({ ...IDLE_FLAGS, ...IDLE_GRPC_FLAGS });
  const rows = tablesIn(COMING).flatMap((table) => table.rows);
  const idle = rows.filter(([, effect]) => effect === "accepted, without effect");
  const listed = idle.flatMap(([first = ""]) => codeIn(first)).filter((code) => /^--/.test(code));
  assert.deepEqual(listed.toSorted(), flags.map((flag) => flag.replace(/ .*/, "")).sort());
  const refused = rows.filter(([, effect]) => effect === "refused");
  assert.deepEqual(
    refused.map(([first]) => first),
    [`\`${REFUSED_GRPC_FLAG}\``],
  );
});
