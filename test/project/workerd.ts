/** workerd, the runtime of Cloudflare Workers, with one module on a free port. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../support/runtimes.ts";

const NAMES: Readonly<Record<string, string>> = {
  "linux-x64": "linux-64",
  "linux-arm64": "linux-arm64",
  "darwin-arm64": "darwin-arm64",
};

/** The longest time until it listens, in milliseconds. */
const START_LIMIT_MS = 30_000;

/** A running workerd. */
export interface Workerd extends AsyncDisposable {
  readonly url: string;
  /** Its output so far. */
  readonly output: string;
}

/**
 * Starts workerd.
 *
 * @param code the module, with a default export that has `fetch`
 * @param wasm the files of compiled code that it imports, by name
 */
export async function startWorkerd(
  code: string,
  wasm: Readonly<Record<string, string>> = {},
): Promise<Workerd> {
  const folder = mkdtempSync(join(tmpdir(), "workerd-"));
  writeFileSync(join(folder, "worker.js"), code);
  for (const [name, path] of Object.entries(wasm)) copyFileSync(path, join(folder, name));
  const modules = Object.keys(wasm).map((name) => `(name = "${name}", wasm = embed "${name}")`);
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [${[`(name = "worker", esModule = embed "worker.js")`, ...modules].join(", ")}],
    compatibilityDate = "2026-04-01",
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
  writeFileSync(join(folder, "config.capnp"), config);
  const child = spawn(binary(), ["serve", "config.capnp", "--control-fd=3"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      output += chunk;
    });
  }
  async function stop(): Promise<void> {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true });
  }
  const listening = Promise.withResolvers<number>();
  const timer = setTimeout(() => listening.reject(new Error("It does not listen")), START_LIMIT_MS);
  let control = "";
  child.stdio[3]?.on("data", (chunk) => {
    control += chunk;
    const [, port] = /"port":(\d+)/.exec(control) ?? [];
    if (port !== undefined) listening.resolve(Number(port));
  });
  void ended.then(() => listening.reject(new Error("It has ended")));
  try {
    const url = `http://127.0.0.1:${await listening.promise}`;
    return {
      url,
      get output() {
        return output;
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (cause) {
    await stop();
    throw new Error(`workerd could not be started: ${output}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

function binary(): string {
  const name = NAMES[`${process.platform}-${process.arch}`];
  if (name === undefined) throw new Error(`There is no workerd for ${process.platform}`);
  const { resolve } = createRequire(new URL(".ci/package.json", root));
  return resolve(`@cloudflare/workerd-${name}/bin/workerd`);
}
