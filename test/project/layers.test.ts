import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { root } from "../support/runtimes.ts";

/** The layers of src/ that each layer may import, beside itself. src/README.md describes them. */
const LAYERS: Readonly<Record<string, string>> = {
  accept: "",
  access: "check clock error metrics",
  bytes: "",
  check: "",
  error: "",
  executable: "",
  gen: "",
  late: "",
  limits: "",
  log: "error",
  protobuf: "",
  random: "",
  release: "",
  "retry-delay": "",
  "server-events": "error",
  "slow-load": "clock log",
  tensor: "",
  turns: "",
  version: "",
  "hold-request": "",
  "hold-response": "",
  "worker-host": "",
  watcher: "clock error",
  "byte-budget": "error",
  cache: "clock error metrics",
  clock: "",
  isolate: "clock",
  files: "error executable model-digest",
  host: "clock executor isolate",
  "web-worker": "app",
  "model-digest": "",
  metrics: "accept check error gen",
  io: "accept check error tensor turns",
  schema: "io tensor",
  proto: "bentoml check error io schema service tensor",
  bentoml: "check error gen io protobuf schema tensor",
  bundle: "onnx",
  client: "bentoml clock error gen io runner schema server-events service tensor",
  config: "access bentoml check error",
  worker: "check error files metrics model-digest tensor worker-host",
  executor: "clock error executable isolate log metrics tensor version worker worker-host",
  runner: "check clock error executor host log metrics tensor worker",
  service: "cache check clock error host io log metrics runner slow-load tensor turns worker",
  oip: "clock error io runner service tensor",
  repository:
    "cache check clock config error host io log metrics onnx runnable runner service " +
    "slow-load tensor watcher",
  invocation: "access cache check clock error io log runner service tracing",
  tracing: "error log runner service version",
  onnx: "check clock error files log model-digest random tensor worker-host",
  rpc:
    "access bentoml byte-budget check clock error gen invocation io late log oip proto " +
    "protobuf service tensor version",
  http:
    "access bentoml byte-budget check clock error invocation io log metrics oip rpc runner " +
    "schema service tensor version",
  models: "clock error onnx version",
  page: "clock schema server-events",
  simulator: "check clock error executor invocation random runner worker",
  app:
    "access check clock error executor host http invocation io log rpc runner service " +
    "tensor tracing worker",
  browser: "app byte-budget check clock error http invocation late rpc service",
  runtime:
    "access app byte-budget check clock config error executor host http invocation io late log " +
    "metrics oip rpc runner service tensor tracing version watcher worker",
  runnable: "error metrics tensor worker worker-host",
  index: "app invocation io metrics rpc runnable runner service",
  serve: "runtime",
  cli:
    "access bentoml bundle byte-budget check clock config error executable executor host http " +
    "index io log models onnx proto random repository runner runtime schema simulator version " +
    "worker",
};

/** Layers of a few lines, without imports, that all others may import. */
const EVERYWHERE: readonly string[] = [
  "bytes",
  "hold-request",
  "hold-response",
  "limits",
  "release",
  "retry-delay",
];

/**
 * The paths in src/ that may import a package, or begin so. A name that ends with * stands for all
 * that begin so.
 */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@noble/hashes/*": ["access/api-keys.ts"],
  "@bufbuild/*": [
    "bentoml/",
    "client/connect/",
    "gen/",
    "metrics/exposition/protobuf.ts",
    "proto/",
    "rpc/",
    "runtime/http2/",
  ],
  "@connectrpc/connect*": ["client/connect/", "rpc/", "runtime/http2/"],
  "@hono/node-server": ["runtime/"],
  "@jsquash/*": ["io/picture/codec/"],
  "@logtape/logtape": ["log.ts", "log/"],
  "@opentelemetry/api": ["tracing/"],
  "@standard-schema/spec": ["io/json/", "io/spec.ts", "schema/"],
  "cloudflare:workers": ["host/workerd.ts"],
  commander: ["cli/"],
  "fast-png": ["io/picture/codec/"],
  fzstd: ["io/table/parquet/"],
  "hono*": ["app/", "http/", "invocation/middleware.ts"],
  "hyparquet*": ["io/table/parquet/"],
  "modern-tar": ["models/"],
  "onnxruntime-*": ["onnx/"],
  "prom-client": ["metrics/"],
  uplot: ["page/charts/"],
  yaml: ["cli/models/", "config/", "models/"],
};

/** The paths that may import the types of a package, but no code. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  "@connectrpc/connect": ["service/"],
  hono: ["service/"],
};

/** The files elsewhere that use a server runtime; no portable entry has them. */
const HOSTED: readonly string[] = [
  "src/bundle/assets.ts",
  "src/bundle/browser.ts",
  "src/bundle/module-files.ts",
  "src/bundle/scripts.ts",
  "src/bundle/workerd.ts",
  "src/client/socket/server.ts",
  "src/executor/process/channel.ts",
  "src/executor/process/clone.ts",
  "src/executor/process/deno-flags.ts",
  "src/executor/process/exit-text.ts",
  "src/executor/process/guard-entry.ts",
  "src/executor/process/kill-group.ts",
  "src/executor/process/memory-watch.ts",
  "src/executor/process/process-entry.ts",
  "src/executor/process/processes.ts",
  "src/executor/process/worker-command.ts",
  "src/executor/threads/thread-entry.ts",
  "src/executor/threads/threads.ts",
  "src/files/server.ts",
  "src/host/cores.ts",
  "src/host/server.ts",
  "src/http/compression/server.ts",
  // On Deno alone, if it is there.
  "src/io/ascii.ts",
  "src/io/picture/codec/zlib-server.ts",
  "src/metrics/process/server.ts",
  "src/repository/catalog/entries.ts",
  "src/repository/model-files.ts",
];

interface Import {
  readonly file: string;
  readonly from: string;
  readonly specifier: string;
  /** True for `import type` and `export type`. */
  readonly isType: boolean;
}

const sources = globSync("src/**/*.ts", { cwd: root }).sort();
const textOf = (file: string): string => readFileSync(new URL(file, root), "utf8");

/** Returns the layer of a file: `io` for src/io/text.ts, `error` for src/error.ts. */
function layerOf(file: string): string {
  return (file.split("/")[1] ?? "").replace(/\.ts$/, "");
}

/** Returns the code of a file without its comments, whose examples may import anything. */
function codeOf(file: string): string {
  return textOf(file).replace(/\/\*[\s\S]*?\*\//g, "");
}

const IMPORT =
  /(?:\b(?:import|export)(\s+type\b)?[^"';]*?\bfrom\s+|(?<!")\bimport\s*\(?\s*)"([^"]+)"/g;

const imports: readonly Import[] = sources.flatMap((file) =>
  [...codeOf(file).matchAll(IMPORT)].map(([, type, specifier = ""]) => ({
    file,
    from: layerOf(file),
    specifier,
    isType: type !== undefined,
  })),
);

test("src/ has no layer without a rule, and no rule without a layer", () => {
  assert.deepEqual([...new Set(sources.map(layerOf))].sort(), Object.keys(LAYERS).sort());
  assert.ok(imports.length > 100, "the imports were found");
});

/** The imports between two layers. */
const crossing = imports
  .filter(({ specifier }) => specifier.startsWith(".") && !specifier.endsWith("package.json"))
  .map(({ file, from, specifier }) => ({
    file,
    from,
    to: layerOf(normalize(join(dirname(file), specifier))),
  }))
  .filter(({ from, to }) => to !== from && !EVERYWHERE.includes(to));

/** Returns the layers that a layer may import. */
function below(layer: string): readonly string[] {
  return (LAYERS[layer] ?? "").split(" ").filter((name) => name !== "");
}

test("src/ imports only what its layers allow", () => {
  const broken = crossing
    .filter(({ from, to }) => !below(from).includes(to))
    .map(({ file, from, to }) => `${file}: ${from}/ may not import ${to}`);
  assert.deepEqual(broken, []);
});

test("src/ has layers without circles, each rule of which is needed", () => {
  const order: string[] = [...EVERYWHERE];
  for (let left = Object.keys(LAYERS); left.length > 0; ) {
    const ready = left.filter((layer) => below(layer).every((name) => order.includes(name)));
    assert.ok(ready.length > 0, `there is a circle between ${left.join(", ")}`);
    order.push(...ready);
    left = left.filter((layer) => !ready.includes(layer));
  }
  const used = new Set(crossing.map(({ from, to }) => `${from} ${to}`));
  const rules = Object.keys(LAYERS).flatMap((from) => below(from).map((to) => `${from} ${to}`));
  assert.deepEqual(
    rules.filter((rule) => !used.has(rule)),
    [],
  );
});

const packaged = imports.filter(({ specifier }) => !/^(\.|node:|#)/.test(specifier));

test("src/ imports each package in its own places only", () => {
  const broken = packaged
    .filter(({ file, specifier }) => !isIn(file, placesFor(specifier)))
    .filter(({ file, specifier, isType }) => !(isType && isIn(file, TYPES[specifier] ?? [])))
    .map(({ file, specifier }) => `${file}: ${specifier} belongs in ${placesFor(specifier)}`);
  assert.deepEqual(broken, []);
});

/** Returns true for a file at or below one of several paths of src/. */
function isIn(file: string, places: readonly string[]): boolean {
  return places.some((place) => file.startsWith(`src/${place}`));
}

function placesFor(specifier: string): readonly string[] {
  const rule = Object.entries(PACKAGES).find(([name]) =>
    name.endsWith("*") ? specifier.startsWith(name.slice(0, -1)) : specifier === name,
  );
  return rule?.[1] ?? [];
}

test("src/ uses the runtime in runtime/, cli/, models/ and the files of the server only", () => {
  const reaching = sources
    .filter((file) => !/^src\/(runtime|cli|models)\//.test(file))
    .filter((file) => /"node:|\bBun\.|\bDeno\.|\bprocess\./.test(codeOf(file)));
  assert.deepEqual(reaching, HOSTED);
});

test("every file is one idea: at most 300 lines of at most 100 columns", () => {
  const files = globSync("{src,test,examples,.ci}/**/*.ts", {
    cwd: root,
    // Generated files are checked against their sources by test/project/generated.test.ts.
    exclude: (path) => /node_modules|\/gen(\/|$)/.test(path),
  });
  assert.ok(files.length > 100, "the files were found");
  for (const file of files) {
    const lines = textOf(file).split("\n");
    assert.ok(lines.length <= 301, `${file} has ${lines.length} lines`);
    const wide = lines.findIndex((line) => line.length > 100);
    assert.equal(wide, -1, `${file}:${wide + 1} is wider than 100 columns`);
  }
});

test("src/ names the types of what it exports", { timeout: 300_000 }, () => {
  const tsc = fileURLToPath(new URL("node_modules/typescript/bin/tsc", root));
  const args = [tsc, "-p", "tsconfig.build.json", "--noEmit"];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
