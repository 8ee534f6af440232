/** The command line, and processes that work on one store at once or are killed. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { command, refusalCode } from "../support/cli.ts";
import { root } from "../support/runtimes.ts";
import { until } from "../support/until.ts";
import { model, NAME } from "./hub-setup.ts";
import { COMMIT, LoopbackHub, REPO } from "./loopback-hub.ts";
import { MNIST, temporaryStore } from "./temporary-store.ts";

const main = fileURLToPath(new URL("src/cli/main.ts", root));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts `ekiben models`. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const [program = "", ...flags] = [...command(process.execPath, main), "models", ...args];
  const child = spawn(program, flags, {
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, ...texts }));
  return { child, ended };
}

function run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
  return start(args, env).ended;
}

const limits = { timeout: 300_000 };

test("ekiben models prints what is asked for, and nothing else", limits, async () => {
  using at = temporaryStore();
  const label = ["--label", "stage=test", "--label", "a=b=c"];
  const imported = await run(["import", MNIST, "--name", "m", "--version", "1", ...label]);
  assert.deepEqual(imported, { code: 0, stdout: "m:1\n", stderr: "" });
  const path = join(at.home, "models/m/1");
  assert.equal((await run(["get", "m:latest", "-o", "path"])).stdout, `${path}\n`);
  const found = JSON.parse((await run(["get", "m", "-o", "json"])).stdout);
  assert.deepEqual([found.tag, found.labels], ["m:1", { stage: "test", a: "b=c" }]);
  assert.match((await run(["get", "m"])).stdout, /^tag: m:1\nname: m\nversion: "1"\n/);
  const [listed] = JSON.parse((await run(["list", "-o", "json"])).stdout);
  assert.deepEqual([listed.tag, listed.size], ["m:1", 227_777]);
  const table = (await run(["list"])).stdout;
  assert.match(table, /^Tag +Module +Size +Creation Time\nm:1 +ekiben\/onnx +227\.8 kB +20/);
  const file = join(at.folder, "m.tgz");
  assert.equal((await run(["export", "m", file])).stdout, `${file}\n`);
  const asked = await run(["delete", "m"]);
  assert.deepEqual([asked.code, asked.stdout], [1, ""]);
  assert.match(asked.stderr, /^error: Add --yes to delete m:1/);
  assert.deepEqual(await run(["delete", "m", "-y"]), {
    code: 0,
    stdout: "",
    stderr: "Deleted m:1\n",
  });
  assert.equal((await run(["import", file])).stdout, "m:1\n");
});

test("ekiben models ends with 1 and a message for what is wrong", limits, async () => {
  using _ = temporaryStore();
  const rows: readonly [string[], RegExp][] = [
    [["get", "none"], /^error: There is no model none: the store .* is empty/],
    [["get", "../x"], /^error: A name of a model is/],
    [["import", "/none.onnx"], /^error: There is no file \/none\.onnx/],
    [["import", MNIST, "--label", "x"], /It must be key=value/],
    [["import", MNIST, "--version", "latest"], /No version can be named "latest"/],
    [["pull", "o/r"], /^error: Cannot pull "o\/r": it must be hf:/],
    [["pull", "hf:o/r"], /HF_ENDPOINT must be an http or https URL/],
    [["list", "-o", "xml"], /Allowed choices are table, json, yaml/],
  ];
  for (const [args, message] of rows) {
    const { code, stdout, stderr } = await run(args, { HF_ENDPOINT: "x" });
    assert.deepEqual([code, stdout], [refusalCode(stderr), ""], args.join(" "));
    assert.match(stderr, message);
  }
});

test("of two processes that import one version at once, one does", limits, async () => {
  using at = temporaryStore();
  const args = ["import", MNIST, "--name", "m", "--version", "1"];
  const both = await Promise.all([run(args), run(args), run(["import", MNIST, "--name", "m"])]);
  assert.deepEqual(both.map(({ code }) => code).sort(), [0, 0, 1]);
  assert.equal(at.store.list("m").length, 2);
  assert.deepEqual(readdirSync(join(at.home, "tmp")), []);
});

test("two processes that pull the same at once fetch it once", limits, async () => {
  using at = temporaryStore();
  await using hub = await LoopbackHub.open({ "onnx/model.onnx": { content: model, lfs: true } });
  const env = { HF_ENDPOINT: hub.url, HF_TOKEN: "hf_secret" };
  const both = await Promise.all([1, 2].map(() => run(["pull", `hf:${REPO}`], env)));
  for (const { code, stdout } of both) {
    assert.deepEqual([code, stdout], [0, `${NAME}:${COMMIT}\n`]);
  }
  const fromCdn = hub.seen.filter(({ server }) => server === "cdn");
  assert.deepEqual(
    fromCdn.map(({ authorization }) => authorization),
    [undefined],
  );
  assert.deepEqual(readFileSync(at.store.get(NAME).file()), model);
  assert.deepEqual(readdirSync(join(at.home, "locks")), []);
});

test("a pull goes on where one that was killed has stopped", limits, async () => {
  using at = temporaryStore();
  await using hub = await LoopbackHub.open({ "onnx/model.onnx": { content: model, lfs: true } });
  hub.faults.push({ stallAfter: 100_000 });
  const env = { HF_ENDPOINT: hub.url };
  const killed = start(["pull", `hf:${REPO}`], env);
  const downloads = join(at.home, "downloads");
  const size = (): number => {
    const part = readdirSync(downloads).find((name) => name.endsWith(".part"));
    return part === undefined ? 0 : statSync(join(downloads, part)).size;
  };
  await until(() => hub.seen.length === 3 && size() === 100_000);
  killed.child.kill("SIGKILL");
  await killed.ended;
  assert.deepEqual(at.store.list(), []);
  assert.equal(readdirSync(join(at.home, "locks")).length, 1);
  const { code, stdout } = await run(["pull", `hf:${REPO}`], env);
  assert.deepEqual([code, stdout], [0, `${NAME}:${COMMIT}\n`]);
  assert.equal(hub.seen.at(-1)?.range, "bytes=100000-");
  assert.deepEqual(readdirSync(join(at.home, "locks")), []);
});

test(
  "an import that is killed leaves no model, and the next removes its rest",
  limits,
  async () => {
    using at = temporaryStore();
    const folder = join(at.folder, "large");
    mkdirSync(folder);
    writeFileSync(join(folder, "weights.bin"), "");
    truncateSync(join(folder, "weights.bin"), 400_000_000);
    const killed = start(["import", folder]);
    const staging = join(at.home, "tmp");
    const isWriting = (): boolean => {
      try {
        const [name = ""] = readdirSync(staging);
        return name !== "" && statSync(join(staging, name, "weights.bin")).size > 0;
      } catch {
        return false;
      }
    };
    await until(isWriting);
    killed.child.kill("SIGKILL");
    await killed.ended;
    assert.deepEqual(at.store.list(), []);
    assert.equal(readdirSync(staging).length, 1);
    assert.equal((await run(["import", MNIST, "--name", "m", "--version", "1"])).stdout, "m:1\n");
    assert.deepEqual(readdirSync(staging), []);
  },
);
