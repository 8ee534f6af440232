/** The package in an empty project, on each runtime that it is for. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { startWorkerd, workerdProgram } from "../../examples/edge/workerd.ts";
import { binaries, root } from "../support/runtimes.ts";
import { rootPath, temporaryFolder } from "./checkout.ts";
import { execForm, instructions } from "./dockerfile.ts";
import { machineWith } from "./environment.ts";
import {
  compilers,
  copyWithPackages,
  machineWithNode,
  newestNode,
  oldestNode,
  pack,
  readJson,
} from "./package.ts";
import { endOf, eventually, run, shell, start } from "./process.ts";

/** Installing takes time on a busy machine. */
const timeout = 300_000;

const folder = temporaryFolder();
const copy = copyWithPackages(folder);
const before = readFileSync(join(copy, "package.json"), "utf8");
const anyNode = machineWith("npm", folder.path);
const machines = {
  "Node 24": machineWithNode(oldestNode, folder.path, "oldest"),
  "Node 26": machineWithNode(newestNode, folder.path, "newest"),
  Bun: machineWith("bun", folder.path),
  Deno: machineWith("deno", folder.path),
};
const packed = await pack(copy, ".", anyNode);
const creator = await pack(copy, "create-ekiben", anyNode);
const project = await newProject("a new service");

/** Writes a project with create-ekiben, and installs what it needs. */
async function newProject(name: string): Promise<string> {
  const cwd = folder.path;
  await succeed(["tar", "xzf", creator.file], { cwd, env: process.env });
  await succeed([oldestNode, "package/index.js", name], { cwd, env: machines["Node 24"] });
  const path = join(cwd, name);
  const manifest = readJson<Record<string, object>>({ cwd: path }, "package.json");
  // The library is an optional one, and large.
  const { optionalDependencies: _, ...rest } = manifest;
  const dependencies = { ekiben: `file:${packed.file}` };
  writeFileSync(join(path, "package.json"), JSON.stringify({ ...rest, dependencies }));
  const install = ["npm", "install", "--no-audit", "--no-fund", "--prefer-offline"];
  await succeed(install, { cwd: path, env: machines["Node 24"] });
  return path;
}

async function succeed(
  command: readonly string[],
  place: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  const { code, output } = await run(command, place);
  assert.equal(code, 0, `${command.join(" ")}\n${output}`);
  return output;
}

const digit = readFileSync(join(rootPath, "examples/mnist/digits/digit-3-a.png"));

/** Starts a server, reads a digit, and ends it by a signal to the process that was started. */
async function readsDigit(
  command: readonly string[],
  place: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  meanwhile: (port: string) => Promise<void> = async () => {},
): Promise<void> {
  await using server = start(command, place);
  const port = (): string | undefined => /http:\/\/localhost:(\d+)/.exec(server.output)?.[1];
  await eventually(`${server.command} to serve`, () => {
    if (server.end !== undefined) throw new Error(server.end.output);
    return /Runner mnist/.test(server.output) && port() !== undefined;
  });
  const url = `http://localhost:${port()}/predict`;
  const headers = { "content-type": "image/png" };
  const response = await fetch(url, { method: "POST", headers, body: digit, keepalive: false });
  assert.match(await response.text(), /^\{"digit":3,/);
  await meanwhile(port() ?? "");
  server.kill("SIGTERM", "process");
  await endOf(server);
  assert.match(server.output, /Stopping/);
  await assert.rejects(fetch(url), "the port is closed");
}

test("npm pack: JavaScript, types, maps and the template; no sources, no tests", () => {
  const other = packed.files.filter((file) => !/^dist\/(?!template\/)/.test(file));
  const files = /^(package\.json|LICENSE|README\.md|CHANGELOG\.md|config\.schema\.json)$/;
  const folders = /^(proto|dist\/template)\//;
  assert.deepEqual(
    other.filter((file) => !files.test(file) && !folders.test(file)),
    [],
  );
  const code = packed.files.filter((file) => /^dist\/(?!template\/)/.test(file));
  const sources = new Set(code.map((file) => file.replace(/\.(js|js\.map|d\.ts)$/, "")));
  assert.ok(sources.size > 100);
  assert.equal(code.length, 3 * sources.size, "each has JavaScript, a map and types");
  for (const file of packed.files) assert.doesNotMatch(file, /(?<!template\/service)\.test\./);
  assert.equal(readFileSync(join(copy, "package.json"), "utf8"), before);
  const map = readJson<{ sourcesContent: string[] }>({ cwd: copy }, "dist/tensor.js.map");
  assert.equal(map.sourcesContent[0], readFileSync(join(copy, "src/tensor.ts"), "utf8"));
});

test("the published package.json has no scripts or development dependencies", () => {
  const cwd = join(project, "node_modules/ekiben");
  const manifest = readJson<Record<string, object | undefined>>({ cwd }, "package.json");
  for (const key of ["scripts", "devDependencies", "optionalDependencies"]) {
    assert.equal(manifest[key], undefined, key);
  }
  assert.doesNotMatch(JSON.stringify(manifest), /\.\/src\//);
  const files = JSON.stringify([manifest["exports"], manifest["imports"], manifest["bin"]]);
  for (const [, file = ""] of files.matchAll(/"((?:\.\/)?dist\/[^"]+)"/g)) {
    assert.ok(statSync(join(cwd, file)).isFile(), file);
  }
});

test("publint and attw report nothing", { timeout }, async () => {
  const place = { cwd: copy, env: machines["Node 26"] };
  const tools = join(rootPath, "node_modules");
  await succeed(["node", join(tools, "publint/src/cli.js"), packed.file, "--strict"], place);
  const attw = join(tools, "@arethetypeswrong/cli/dist/index.js");
  await succeed(["node", attw, packed.file, "--profile", "esm-only"], place);
});

test("the package bundles a service for Cloudflare Workers, which answers", async () => {
  const program = workerdProgram(new URL(".ci/package.json", root));
  assert.ok(program !== undefined, "there is no workerd");
  const own = join(project, "node_modules/ekiben/dist/bundle/index.js");
  const { workerd } = (await import(own)) as typeof import("ekiben/bundle");
  const contents =
    'import { app } from "ekiben"; import s from "./service.ts"; export default app(s)';
  const outdir = join(folder.path, "worker");
  await build({
    stdin: { contents, resolveDir: project, loader: "ts", sourcefile: "worker.ts" },
    outfile: join(outdir, "worker.js"),
    absWorkingDir: project,
    plugins: [workerd()],
  });
  await using server = await startWorkerd(program, outdir);
  const headers = { "content-type": "image/png" };
  const response = await fetch(`${server.url}/predict`, { method: "POST", headers, body: digit });
  assert.match(await response.text(), /^\{"digit":3,/, server.output);
});

test("a user's compiler has no errors, with and without skipLibCheck", { timeout }, async () => {
  const { exports } = readJson<{ exports: Record<string, unknown> }>({ cwd: copy }, "package.json");
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));
  const lines = entries.map(
    (entry, at) => `export * as entry${at} from "ekiben${entry.slice(1)}";\n`,
  );
  writeFileSync(join(project, "entries.ts"), lines.join(""));
  const flags = ["--exactOptionalPropertyTypes", "--noPropertyAccessFromIndexSignature"];
  const place = { cwd: project, env: machines["Node 26"] };
  // Without skipLibCheck: what it skips is all that it changes.
  await Promise.all(
    compilers.map((compiler) =>
      succeed(["node", compiler, ...flags, "--skipLibCheck", "false"], place),
    ),
  );
});

const deno = "deno run -A npm:ekiben";
const commands = [
  { machine: "Node 24", command: "npx ekiben" },
  { machine: "Node 26", command: "npx ekiben" },
  { machine: "Bun", command: "bunx ekiben" },
  { machine: "Bun", command: "bunx --bun ekiben" },
  { machine: "Deno", command: deno },
] as const;
for (const { machine, command } of commands) {
  test(`${machine}: "${command} serve" reads a digit and ends`, { timeout }, async () => {
    const place = { cwd: project, env: machines[machine] };
    assert.match(await succeed(shell(`${command} --version`), place), /^\d+\.\d+\.\d+$/m);
    await readsDigit(shell(`${command} serve --port 0 --no-grpc`), place);
  });
}

const ownTests = [
  { machine: "Node 24", command: "npm test" },
  { machine: "Node 26", command: "npm test" },
  { machine: "Bun", command: "bun test" },
  { machine: "Deno", command: "deno test -A" },
] as const;
for (const { machine, command } of ownTests) {
  test(`${machine}: a new project passes its "${command}"`, { timeout }, async () => {
    await succeed(shell(command), { cwd: project, env: machines[machine] });
  });
}

test("the Dockerfile of a new project: its command serves, its check sees that", async () => {
  const steps = instructions(join(project, "Dockerfile"));
  const rest = (name: string): string => steps.find((step) => step.name === name)?.rest ?? "";
  assert.equal(rest("USER"), "node");
  assert.equal(rest("RUN"), "npm install --omit=dev --ignore-scripts --no-audit --no-fund");
  const place = { cwd: project, env: { ...machines["Node 24"], EKIBEN_PORT: "0" } };
  const [, check = ""] = rest("HEALTHCHECK").split("CMD ");
  assert.match(check, /localhost:3000\/readyz/);
  await readsDigit([...execForm(rest("CMD")), "--no-grpc"], place, async (port) => {
    await succeed(execForm(check.replace("3000", port)), place);
  });
  // Nothing listens there.
  const { code } = await run(execForm(check.replace("3000", "1")), place);
  assert.equal(code, 1);
});

test("an old Node gets a message with the needed version", async () => {
  const old = "Object.defineProperty(process, 'versions', { value: { node: '22.9.0' } })";
  const bin = join(project, "node_modules/ekiben/dist/cli/bin.js");
  const place = { cwd: project, env: machines["Node 24"] };
  const command = ["node", "--import", `data:text/javascript,${old}`, bin, "serve"];
  const { code, output } = await run(command, place);
  assert.equal(code, 1);
  assert.match(output, /^error: ekiben needs Node 24 or newer, Bun or Deno, but this is Node 22/);
});

test("ekiben init writes what create-ekiben does, and overwrites nothing", async () => {
  const place = { cwd: folder.path, env: machines["Node 24"] };
  const bin = join(project, "node_modules/ekiben/dist/cli/bin.js");
  await succeed(["node", bin, "init", "written"], place);
  await succeed(["node", "package/index.js", "created"], place);
  const texts = ["written", "created"].map((name) =>
    readFileSync(join(folder.path, name, "package.json"), "utf8").replace(name, "name"),
  );
  assert.equal(texts[0], texts[1]);
  const { code, output } = await run(["node", bin, "init", "written"], place);
  assert.equal(code, 1);
  assert.match(output, /^error: Nothing was written: .* has package\.json, /);
});

test("ekiben compile makes a file that needs nothing beside it", { timeout }, async () => {
  const env = { ...machines["Node 26"], PATH: `${machines["Node 26"]["PATH"]}:${binOf("Bun")}` };
  const empty = join(folder.path, "empty");
  mkdirSync(empty);
  const file = join(folder.path, "digits-server");
  await succeed(shell(`npx ekiben compile -o '${file}'`), { cwd: project, env });
  const place = { cwd: empty, env: { EKIBEN_DRAIN_LEAD: "0" } };
  for (const isolation of ["threads", "process"]) {
    await readsDigit([file, "--port", "0", "--no-grpc", "--isolation", isolation], place);
  }
  const without = { cwd: project, env: machines["Node 26"] };
  const { code, output } = await run(shell("npx ekiben compile"), without);
  assert.equal(code, 1);
  assert.match(output, /needs Bun, whose compiler makes the executable/);
});

test("ekiben compile takes a model that shares only a top folder with the package", {
  timeout,
}, async () => {
  // As a project in "/app" has it: the folder above the shared one is "/".
  using other = temporaryFolder();
  const model = join(other.path, "digits.onnx");
  copyFileSync(join(rootPath, "examples/mnist/mnist-cnn.onnx"), model);
  const file = join(other.path, "digits");
  const place = { cwd: project, env: machines.Bun };
  await succeed(shell(`bunx ekiben compile '${model}' -o '${file}'`), place);
  const env = { EKIBEN_DRAIN_LEAD: "0", EKIBEN_HOME: other.path };
  const command = [file, "--port", "0", "--no-grpc", "--backend", "wasm"];
  await using server = start(command, { cwd: other.path, env });
  await eventually("the executable to serve", () => {
    if (server.end !== undefined) throw new Error(server.end.output);
    return /Model digits, version 1 on wasm/.test(server.output);
  });
  server.kill("SIGTERM", "process");
  await endOf(server);
});

function binOf(machine: keyof typeof machines): string {
  return machines[machine]["PATH"] ?? "";
}

test("bun build --compile of a service with runners names ekiben compile", {
  timeout,
}, async () => {
  const main = 'import service from "./service.ts";\nimport { serve } from "ekiben/serve";\n';
  writeFileSync(join(project, "main.ts"), `${main}await serve(service, { port: 0 });\n`);
  const place = { cwd: project, env: machines.Bun };
  await succeed(["bun", "build", "--compile", "main.ts", "--outfile", "plain"], place);
  const { code, output } = await run([join(project, "plain")], place);
  assert.notEqual(code, 0);
  assert.match(output, /make it by `ekiben compile service\.ts`/);
});

test("deno publish --dry-run passes", { timeout }, async () => {
  const env = { ...machines.Deno, DENO_NO_PACKAGE_JSON: "1" };
  const command = [binaries().deno, "publish", "--dry-run", "--allow-dirty", "--quiet"];
  await succeed(command, { cwd: copy, env });
});
