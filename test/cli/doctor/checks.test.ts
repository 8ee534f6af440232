/** The checks of `ekiben doctor`, on made-up machines and projects. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { type BackendOutcomes, checkBackends } from "../../../src/cli/doctor/backends.ts";
import type { Finding } from "../../../src/cli/doctor/finding.ts";
import { checkFolders } from "../../../src/cli/doctor/folders.ts";
import { checkMachine, type Machine } from "../../../src/cli/doctor/machine.ts";
import { checkProject, optionsIn, type RuntimeName } from "../../../src/cli/doctor/project.ts";
import { reportText } from "../../../src/cli/doctor/report.ts";
import { checkRuntime, RUNTIMES } from "../../../src/cli/doctor/runtime-check.ts";
import { Project } from "../../support/project.ts";
import { root } from "../../support/runtimes.ts";

/** The findings in a few words, each as `check: status`. */
function words(findings: readonly Finding[]): string {
  return findings.map(({ check, status }) => `${check}: ${status}`).join(", ");
}

const VERSIONS = [
  [{ node: "24.0.0" }, "ok", "Node 24.0.0"],
  [{ node: "22.9.0" }, "problem", "Node 22.9.0 is too old: ekiben needs Node 24 or newer"],
  [{ node: "27.0.0" }, "warning", "newer than what ekiben is tested on, up to 26.x"],
  [{ node: "24.3.0", bun: "1.4.5" }, "ok", "Bun 1.4.5"],
  [{ node: "24.3.0", bun: "1.3.9" }, "problem", "needs Bun 1.4 or newer"],
  [{ node: "24.3.0", bun: "2.0.0" }, "warning", "up to 1.x"],
  [{ node: "24.3.0", deno: "2.10.0" }, "ok", "Deno 2.10.0"],
  [{ node: "24.3.0", deno: "2.8.4" }, "problem", "needs Deno 2.9 or newer"],
  [{}, "problem", "unknown"],
] as const;

for (const [versions, status, text] of VERSIONS) {
  test(`checkRuntime() of ${JSON.stringify(versions)}`, () => {
    const found = checkRuntime(versions);
    assert.equal(found.status, status);
    assert.ok(found.text.includes(text), found.text);
  });
}

test("checkRuntime() knows the versions of package.json", () => {
  const { engines } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
    readonly engines: Record<string, string>;
  };
  const known = RUNTIMES.map(({ key, oldest }) => [key, `>=${oldest}`]);
  assert.deepEqual(Object.fromEntries(known), engines);
});

const works = { how: "works", text: "it 1.0" } as const;
const fails = { how: "fails", text: "no library" } as const;
const crashes = { how: "crashes", text: "its process was ended by SIGSEGV" } as const;

const BACKENDS: readonly (readonly [string, BackendOutcomes, string, RegExp])[] = [
  ["all work", { native: works, wasm: works, webgpu: works }, "ok", /run on native$/],
  ["native is not installed", { native: undefined, wasm: works, webgpu: fails }, "warning", /WASM/],
  ["native fails", { native: fails, wasm: works, webgpu: works }, "warning", /WebGPU where/],
  ["native crashes", { native: crashes, wasm: works, webgpu: fails }, "problem", /in WASM$/],
];

for (const [name, outcomes, status, choice] of BACKENDS) {
  test(`checkBackends() where ${name}`, () => {
    const found = checkBackends(outcomes, "npm install onnxruntime-node");
    assert.equal(words(found), `native: ${status}, wasm: ok, webgpu: ok, backend: ok`);
    assert.match(found.at(-1)?.text ?? "", choice);
    const advised = outcomes.native === undefined ? /npm install onnxruntime-node$/ : /again/;
    if (status !== "ok") assert.match(found[0]?.advice ?? "", advised);
  });
}

const GIB = 2 ** 30;

/** A container: the files of its cgroup of version 2. */
function machine(cpu: string, memory: string, connections = 10_000): Machine {
  const files: Readonly<Record<string, string>> = {
    "/proc/self/cgroup": "0::/",
    "/proc/self/mountinfo": "1 0 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup rw",
    "/sys/fs/cgroup/cpu.max": cpu,
    "/sys/fs/cgroup/memory.max": memory,
  };
  return {
    ...{ cores: 8, memoryBytes: 16 * GIB, freeBytes: GIB },
    readFile: (path) => files[path],
    connectionsWithin: () => connections,
  };
}

const MACHINES = [
  [machine("max 100000", "max"), "cores: ok, memory: ok, open files: ok"],
  [machine("150000 100000", `${4 * GIB}`), "cores: ok, memory: ok, open files: ok"],
  [
    machine("50000 100000", `${GIB / 2}`, 480),
    "cores: warning, memory: warning, open files: warning",
  ],
] as const;

for (const [given, wanted] of MACHINES) {
  test(`checkMachine() of ${given.readFile("/sys/fs/cgroup/cpu.max")}: ${wanted}`, () => {
    assert.equal(words(checkMachine(given)), wanted);
  });
}

test("checkFolders() writes into both folders, and leaves nothing behind", async () => {
  using project = new Project({ "store/models/a": "12345", file: "" });
  const store = project.path("store");
  const [home, temporary] = await checkFolders(store, project.folder);
  assert.deepEqual([home?.status, home?.text], ["ok", `${store}, 5 B`]);
  assert.deepEqual([temporary?.status, temporary?.text], ["ok", project.folder]);
  const missing = await checkFolders(project.path("not/there"), project.path("nowhere"));
  assert.equal(words(missing), "store: ok, temporary: problem");
  const file = await checkFolders(project.path("file"), project.folder);
  assert.equal(words(file), "store: problem, temporary: ok");
});

const SERVICE = 'import { service } from "ekiben";\nexport default service("a", { apis: {} });';
const MODULE = '{ "type": "module" }';

const PROJECTS: readonly (readonly [
  string,
  Readonly<Record<string, string>>,
  RuntimeName,
  string,
])[] = [
  ["of ES modules", { "package.json": MODULE }, "node", "package: ok, modules: ok"],
  ["without a type", { "package.json": "{}" }, "node", "package: ok, modules: warning"],
  ["without a type on Bun", { "package.json": "{}" }, "bun", "package: ok"],
  [
    "of CommonJS",
    { "package.json": '{ "type": "commonjs" }' },
    "node",
    "package: ok, modules: problem",
  ],
  [
    "with paths",
    { "package.json": MODULE, "tsconfig.json": '{ "compilerOptions": { "paths": {}, } }' },
    "node",
    "package: ok, modules: ok, tsconfig: warning",
  ],
  [
    "with paths on Bun",
    { "tsconfig.json": '{ /* all */ "compilerOptions": { "paths": {} } // end\n}' },
    "bun",
    "package: ok, tsconfig: ok",
  ],
  [
    "compiled to CommonJS",
    { "package.json": MODULE, "tsconfig.json": '{ "compilerOptions": { "module": "CommonJS" } }' },
    "deno",
    "package: ok, tsconfig: warning",
  ],
  [
    "with two copies of the package",
    {
      "package.json": MODULE,
      "app/node_modules/ekiben/package.json": '{ "name": "ekiben", "version": "0.0.1" }',
      "app/service.ts": SERVICE,
    },
    "bun",
    "package: problem",
  ],
];

for (const [name, files, runtime, wanted] of PROJECTS) {
  test(`checkProject() of a project ${name}`, () => {
    using project = new Project({ "service.ts": SERVICE, ...files });
    const file = Object.keys(files).find((each) => each.endsWith(".ts")) ?? "service.ts";
    assert.equal(words(checkProject(project.path(file), runtime)), wanted);
  });
}

test("optionsIn() reads JSON with comments, and leaves texts as they are", () => {
  const text = '{ "a": [1,], /* , */ "compilerOptions": { "baseUrl": "a//b,}", // x\n}, }';
  assert.deepEqual(optionsIn(text), { baseUrl: "a//b,}" });
  assert.deepEqual(optionsIn("{}"), {});
  assert.throws(() => optionsIn("{"), SyntaxError);
});

test("reportText() has a line for each finding, its advice, and a summary", () => {
  const findings: readonly Finding[] = [
    { check: "a", status: "ok", text: "well" },
    { check: "port 1", status: "problem", text: "taken\nby b", advice: "end b" },
    { check: "c", status: "warning", text: "odd", advice: "look" },
  ];
  const plain = Object.assign(Object.create(process.stdout), { isTTY: false });
  assert.deepEqual(reportText(findings, plain).split("\n"), [
    "ok       a       well",
    "problem  port 1  taken",
    "                 by b",
    "                 → end b",
    "warning  c       odd",
    "                 → look",
    "",
    "Serving would fail: 1 problem, 1 warning",
  ]);
  assert.match(reportText(findings.slice(0, 1), plain), /\nReady to serve$/);
});
