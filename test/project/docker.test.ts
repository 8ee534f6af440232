/** The Dockerfile's steps, done in an empty folder: a build and a run without a Docker engine. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { rootPath, temporaryFolder } from "./checkout.ts";
import { three } from "./digits.ts";
import { copy, execForm, type Instruction, instructions } from "./dockerfile.ts";
import { machineWith } from "./environment.ts";
import { eventually, type Place, run, shell } from "./process.ts";
import { call, post, startServer, stopServer } from "./server.ts";

interface Manifest {
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(rootPath, "package.json"), "utf8")) as Manifest;
const steps = instructions();
const names = ["FROM", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "HEALTHCHECK", "CMD"] as const;

/** What stands behind the only instruction of a name. */
function only(name: (typeof names)[number]): string {
  const found = steps.filter((step) => step.name === name);
  assert.equal(found.length, 1, `There must be one ${name}`);
  return found[0]?.rest ?? "";
}

test("Dockerfile has the instructions that are tried here, and no other", () => {
  const unknown = steps.filter(({ name }) => !names.some((each) => each === name));
  assert.deepEqual(unknown, []);
});

test("Dockerfile is from the Bun that the project is written for", () => {
  const [, image] = /^oven\/bun:(\d+\.\d+\.\d+)-slim$/.exec(only("FROM")) ?? [];
  // The version of the types, not of the Bun that runs this: `npx bun` takes the newest.
  assert.equal(image, manifest.devDependencies["bun-types"]);
  assert.ok(Bun.semver.satisfies(image ?? "", manifest.engines["bun"] ?? ""));
  assert.ok(Bun.semver.satisfies(Bun.version, manifest.engines["bun"] ?? ""));
});

test("Dockerfile installs the native library that the tests use", () => {
  const file = join(rootPath, "examples/deploy/native/package.json");
  const { dependencies } = JSON.parse(readFileSync(file, "utf8")) as Manifest;
  const name = "onnxruntime-node";
  assert.deepEqual(dependencies, { [name]: manifest.devDependencies[name] });
});

test("Dockerfile gives up root, and exposes the port", () => {
  assert.match(only("USER"), /^bun$/);
  assert.equal(only("EXPOSE"), "3000 3001"); // HTTP, gRPC
  const order = steps.map(({ name }) => name);
  assert.ok(order.indexOf("USER") > order.lastIndexOf("RUN"), "Packages are installed as root");
});

test("Dockerfile builds, and its command serves, reports its health, and stops", async () => {
  using folder = temporaryFolder();
  const cwd = join(folder.path, only("WORKDIR"));
  mkdirSync(cwd);
  const place = { cwd, env: machineWith("bun", folder.path) };
  for (const step of steps) await build(step, place);
  checkContent(cwd);

  const [options, check = ""] = only("HEALTHCHECK").split("CMD ");
  assert.match(options ?? "", /^(--(interval|timeout|start-period)=\d+s )+$/);
  assert.match(check, /localhost:3000\//);
  await using server = await startServer(execForm(only("CMD")), place);
  const ownCheck = execForm(check.replace("localhost:3000", `localhost:${server.port}`));
  const isHealthy = async (): Promise<boolean> => (await run(ownCheck, place)).code === 0;
  await eventually("the container to be healthy", isHealthy);
  assert.match(server.output, /Runner mnist: \d+ workers? on native/);
  const { status, body } = await post(server, "/classify", [[await three()]]);
  assert.equal(status, 200, JSON.stringify(body));
  const picture = readFileSync(join(rootPath, "examples/mnist/digits/digit-3-a.png"));
  const headers = { "content-type": "image/png" };
  const answer = await call(server, "/predict", { method: "POST", body: picture, headers });
  assert.match(await answer.text(), /^\{"digit":3,/);
  const { code, output } = await stopServer(server, "SIGTERM", "process");
  assert.equal(code, 0, output);
  assert.equal(await isHealthy(), false);
});

async function build({ name, rest }: Instruction, place: Place): Promise<void> {
  if (name === "COPY") copy(rest, place.cwd);
  if (name !== "RUN") return;
  const { code, output } = await run(shell(rest), place);
  assert.equal(code, 0, `RUN ${rest}\n${output}`);
}

/** Only what serving needs is in the image. */
function checkContent(cwd: string): void {
  const wanted = ["bun.lock", "examples", "node_modules", "package.json", "src"];
  assert.deepEqual(readdirSync(cwd).sort(), wanted);
  assert.ok(!existsSync(join(cwd, "examples/mnist/train/node_modules")));
  for (const name of Object.keys(manifest.dependencies)) {
    assert.ok(existsSync(join(cwd, "node_modules", name)), `${name} is missing`);
  }
  for (const name of Object.keys(manifest.devDependencies)) {
    assert.ok(!existsSync(join(cwd, "node_modules", name)), `${name} is only for development`);
  }
}
