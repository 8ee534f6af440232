/** workerd, the runtime of Cloudflare Workers, with one bundle on free ports. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workerd } from "ekiben/bundle";
import { build } from "esbuild";
import { root } from "../support/runtimes.ts";

const NAMES: Readonly<Record<string, string>> = {
  "linux-x64": "linux-64",
  "linux-arm64": "linux-arm64",
  "darwin-arm64": "darwin-arm64",
};

/** The longest time until it listens, in milliseconds. */
const START_LIMIT_MS = 30_000;

/** The date of the rules of a worker: the one that examples/edge has. */
export const COMPATIBILITY_DATE = "2026-04-01";

/** The flag by which workerd reports that the client of a request has disconnected. */
export const COMPATIBILITY_FLAG = "enable_request_signal";

/** A running workerd. */
export interface Workerd extends AsyncDisposable {
  readonly url: string;
  /** The URLs of all isolates, each of which has a worker of its own. */
  readonly urls: readonly string[];
  /** The id of its process. */
  readonly pid: number;
  /** Its output so far. */
  readonly output: string;
}

/** The options of workerd. */
export interface WorkerdOptions {
  /** The number of isolates. Default 1. */
  readonly isolates?: number;
  readonly compatibilityDate?: string;
}

/** Bundles a module for workerd, into a folder that is removed with the process. */
export async function bundled(contents: string, resolveDir: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "workerd-"));
  const { errors, warnings } = await build({
    stdin: { contents, resolveDir, loader: "ts" },
    outfile: join(folder, "worker.js"),
    plugins: [workerd()],
    logLevel: "silent",
  });
  assert.deepEqual([errors, warnings], [[], []]);
  return folder;
}

/** Bundles a module, which has a default export with `fetch`, and starts workerd with it. */
export async function startWorkerd(
  contents: string,
  resolveDir: string,
  options: WorkerdOptions = {},
): Promise<Workerd> {
  return await serveFolder(await bundled(contents, resolveDir), options);
}

/** Starts workerd with the bundle in a folder, `worker.js` and the modules that it imports. */
export async function serveFolder(
  folder: string,
  { isolates = 1, compatibilityDate = COMPATIBILITY_DATE }: WorkerdOptions = {},
): Promise<Workerd> {
  const others = readdirSync(folder).filter((name) => /\.(?:wasm|bin)$/.test(name));
  const modules = [
    '(name = "worker.js", esModule = embed "worker.js")',
    ...others.map((name) => {
      const type = name.endsWith(".wasm") ? "wasm" : "data";
      return `(name = "${name}", ${type} = embed "${name}")`;
    }),
  ];
  const names = Array.from({ length: isolates }, (_, at) => `isolate-${at}`);
  const services = names.map(
    (name) => `(name = "${name}", worker = (
      modules = [${modules.join(", ")}], compatibilityDate = "${compatibilityDate}",
      compatibilityFlags = ["${COMPATIBILITY_FLAG}"],
    ))`,
  );
  const sockets = names.map(
    (name) => `(name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}")`,
  );
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${services.join(", ")}],
  sockets = [${sockets.join(", ")}],
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
  const listening = Promise.withResolvers<readonly string[]>();
  const timer = setTimeout(() => listening.reject(new Error("It does not listen")), START_LIMIT_MS);
  let control = "";
  child.stdio[3]?.on("data", (chunk) => {
    control += chunk;
    const urls = names.flatMap((name) => {
      const [, port] = new RegExp(`"socket":"${name}","port":(\\d+)`).exec(control) ?? [];
      return port === undefined ? [] : [`http://127.0.0.1:${port}`];
    });
    if (urls.length === isolates) listening.resolve(urls);
  });
  void ended.then(() => listening.reject(new Error("It has ended")));
  try {
    const urls = await listening.promise;
    return {
      url: urls[0] ?? "",
      urls,
      pid: child.pid ?? 0,
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
