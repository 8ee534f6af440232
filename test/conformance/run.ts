/**
 * Runs the Connect project's conformance suite against servers on Bun, Deno and Node, with ports
 * apart and on one port. It needs Go, which fetches and builds the suite.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { binaries } from "../support/runtimes.ts";

const SUITE = "connectrpc.com/conformance@v1.0.7";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "conformance-"));
const { deno, node } = binaries();

/** Runs a command to its end. @throws Error when it fails */
function run(command: readonly string[], cwd: string = folder): string {
  const [program = "", ...args] = command;
  const env = { ...process.env, GOBIN: folder };
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env,
    encoding: "utf8",
  });
  if (status === 0) return stdout;
  throw new Error(`${command.join(" ")} failed: ${error ?? stderr}`);
}

run(["go", "install", SUITE.replace("@", "/cmd/connectconformance@")]);
const { Dir } = JSON.parse(run(["go", "mod", "download", "-json", SUITE])) as { Dir: string };
const image = join(folder, "suite.binpb");
run([here("../../node_modules/.bin/buf"), "build", ".", "-o", image], join(Dir, "proto"));

const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  Bun: [process.execPath],
  Deno: [
    deno,
    "run",
    "-A",
    "--quiet",
    "--no-lock",
    "--node-modules-dir=manual",
    "--unstable-no-legacy-abort",
  ],
  Node: [node],
};

let failed = 0;
for (const [name, runtime] of Object.entries(RUNTIMES)) {
  for (const onePort of [false, true]) {
    const { status, stdout } = spawnSync(
      join(folder, "connectconformance"),
      [
        ...["--mode", "server", "--conf", here("features.yaml"), "--max-servers", "2", "-p", "4"],
        ...["--", ...runtime, here("server.ts"), image],
      ],
      {
        env: { ...process.env, ...(onePort && { CONFORMANCE_ONE_PORT: "1" }) },
        encoding: "utf8",
        maxBuffer: 2 ** 30,
        timeout: 10 * 60_000,
      },
    );
    if (status !== 0) {
      failed += 1;
      console.log(stdout);
    }
    const total = /\d+ passed, \d+ failed/.exec(stdout)?.[0] ?? "did not end";
    console.log(`${name}, ${onePort ? "one port" : "ports apart"}: ${total}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
