import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { root } from "../support/runtimes.ts";

/** A line each: which layers of src/ a layer may import, beside itself. src/README.md says why. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  error: [],
  gen: [],
  accept: [],
  "byte-budget": ["error"],
  bytes: [],
  check: [],
  tensor: [],
  files: ["executable"],
  host: ["error", "executable"],
  limits: [],
  random: [],
  "worker-host": [],
  log: [],
  version: [],
  executable: [],
  metrics: ["accept", "check", "error", "gen"],
  config: ["bentoml", "check", "error"],
  turns: [],
  io: ["accept", "check", "error", "tensor", "turns"],
  service: ["check", "error", "host", "io", "log", "metrics", "runner", "tensor", "turns"],
  invocation: ["error", "host", "runner", "service"],
  runner: ["check", "error", "executable", "host", "log", "metrics", "tensor", "worker-host"],
  onnx: ["check", "error", "files", "log", "random", "tensor", "worker-host"],
  bentoml: ["check", "error", "gen", "io", "tensor"],
  rpc: [
    "bentoml",
    "byte-budget",
    "check",
    "error",
    "gen",
    "host",
    "invocation",
    "io",
    "log",
    "service",
    "tensor",
  ],
  http: [
    ...["bentoml", "byte-budget", "check", "error", "host", "invocation", "io", "log", "metrics"],
    ...["rpc", "tensor"],
    "service",
  ],
  simulator: ["check", "error", "host", "random", "runner"],
  app: [
    ...["check", "error", "host", "http", "invocation", "io", "limits", "log", "rpc", "runner"],
    ...["service", "tensor"],
  ],
  runtime: [
    "app",
    ...[
      "byte-budget",
      "check",
      "config",
      "error",
      "host",
      "http",
      "invocation",
      "io",
      "log",
      "metrics",
      "rpc",
      "runner",
    ],
    ...["service", "tensor", "version"],
  ],
  runnable: ["error", "metrics", "runner", "tensor", "worker-host"],
  index: ["app", "io", "metrics", "rpc", "runnable", "runner", "service"],
  serve: ["runtime"],
  cli: [
    ...[
      "bentoml",
      "config",
      "error",
      "executable",
      "host",
      "index",
      "log",
      "onnx",
      "random",
      "runnable",
      "runner",
      "runtime",
    ],
    ...["simulator", "tensor", "version"],
  ],
};

/** Layers of a few lines, without imports, that all others may import. */
const EVERYWHERE: readonly string[] = ["bytes", "limits"];

/** Where a package may be imported. A name that ends with * stands for all that begin so. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@bufbuild/*": ["bentoml", "gen", "metrics", "rpc", "runtime"],
  "@connectrpc/connect*": ["rpc", "runtime", "service"],
  "@hono/node-server": ["runtime"],
  "@jsquash/*": ["io"],
  "@logtape/logtape": ["log"],
  "@standard-schema/spec": ["io"],
  commander: ["cli"],
  "fast-png": ["io"],
  fzstd: ["io"],
  "hono*": ["app", "http", "invocation"],
  "hyparquet*": ["io"],
  "onnxruntime-*": ["onnx"],
  "prom-client": ["metrics"],
  yaml: ["config"],
};

/** Where types of a package may be imported, but nothing that runs. */
const TYPES: Readonly<Record<string, readonly string[]>> = { hono: ["service"] };

/** Files outside runtime/ and cli/ that reach for a server runtime; no portable entry has them. */
const HOSTED: readonly string[] = [
  "src/files/server.ts",
  "src/host/server.ts",
  "src/runner/worker/worker.ts",
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

/** `io` for src/io/text.ts, `error` for src/error.ts. */
function layerOf(file: string): string {
  return (file.split("/")[1] ?? "").replace(/\.ts$/, "");
}

/** The code of a file without its comments, in which an example may import anything. */
function codeOf(file: string): string {
  return textOf(file).replace(/\/\*[\s\S]*?\*\//g, "");
}

const IMPORT = /(?:\b(?:import|export)(\s+type\b)?[^"';]*?\bfrom\s+|\bimport\s*\(?\s*)"([^"]+)"/g;

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

test("src/ imports downwards only", () => {
  const broken = imports
    .filter(({ specifier }) => specifier.startsWith(".") && !specifier.endsWith("package.json"))
    .map(({ file, from, specifier }) => ({
      file,
      from,
      to: layerOf(normalize(join(dirname(file), specifier))),
    }))
    .filter(({ from, to }) => to !== from && !EVERYWHERE.includes(to))
    .filter(({ from, to }) => !LAYERS[from]?.includes(to))
    .map(({ file, from, to }) => `${file}: ${from}/ may not import ${to}`);
  assert.deepEqual(broken, []);
});

test("src/ imports each package in its own layer only", () => {
  const broken = imports
    .filter(({ specifier }) => !/^(\.|node:|#)/.test(specifier))
    .filter(({ from, specifier }) => !layersFor(specifier).includes(from))
    .filter(({ from, specifier, isType }) => !(isType && TYPES[specifier]?.includes(from)))
    .map(
      ({ file, specifier }) => `${file}: ${specifier} may be imported in ${layersFor(specifier)}`,
    );
  assert.deepEqual(broken, []);
});

function layersFor(specifier: string): readonly string[] {
  const rule = Object.entries(PACKAGES).find(([name]) =>
    name.endsWith("*") ? specifier.startsWith(name.slice(0, -1)) : specifier === name,
  );
  return rule?.[1] ?? [];
}

test("src/ reaches for the runtime in runtime/, cli/ and the files of the server only", () => {
  const reaching = sources
    .filter((file) => !/^src\/(runtime|cli)\//.test(file))
    .filter((file) => /"node:|\bBun\.|\bDeno\.|\bprocess\./.test(codeOf(file)));
  assert.deepEqual(reaching, HOSTED);
});

test("every file is one idea: at most 300 lines of at most 100 columns", () => {
  const files = globSync("{src,test,examples,.ci}/**/*.ts", {
    cwd: root,
    // What is generated is not read: test/project/generated.test.ts holds it to its source.
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
