/** Runs a bundle in workerd, the runtime of Cloudflare Workers, on free ports of this machine. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The packages with the program, by platform. */
const PACKAGES: Readonly<Record<string, string>> = {
  "linux-x64": "linux-64",
  "linux-arm64": "linux-arm64",
  "darwin-arm64": "darwin-arm64",
  "darwin-x64": "darwin-64",
};

/** The date of the rules of a worker; see wrangler.jsonc. */
export const COMPATIBILITY_DATE = "2026-04-01";

/** The flag by which workerd reports that the client of a request has disconnected. */
export const COMPATIBILITY_FLAG = "enable_request_signal";

/** The longest time until it listens, in milliseconds. */
const START_LIMIT_MS = 30_000;

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
  readonly compatibilityFlags?: readonly string[];
  /** Text bindings of the worker, `env` in its code. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Returns the path of the program.
 *
 * @param from a module or folder whose packages are searched
 */
export function workerdProgram(from: URL): string | undefined {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  try {
    return createRequire(from).resolve(`@cloudflare/workerd-${name}/bin/workerd`);
  } catch {
    return undefined;
  }
}

/** Starts workerd with the bundle in a folder: `worker.js` and the modules beside it. */
export async function startWorkerd(
  program: string,
  bundle: string,
  options: WorkerdOptions = {},
): Promise<Workerd> {
  const { isolates = 1 } = options;
  const names = Array.from({ length: isolates }, (_, at) => `isolate-${at}`);
  const folder = mkdtempSync(join(tmpdir(), "workerd-"));
  const files = readdirSync(bundle).filter((name) => /\.(?:js|wasm|bin|onnx)$/.test(name));
  for (const name of files) symlinkSync(join(bundle, name), join(folder, name));
  writeFileSync(join(folder, "config.capnp"), configOf(names, files, options));
  const child = spawn(program, ["serve", "config.capnp", "--control-fd=3"], {
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

/** Returns the configuration of workerd: one worker and one socket for each isolate. */
function configOf(
  names: readonly string[],
  files: readonly string[],
  {
    compatibilityDate = COMPATIBILITY_DATE,
    compatibilityFlags = [COMPATIBILITY_FLAG],
    env = {},
  }: WorkerdOptions,
): string {
  const modules = ["worker.js", ...files.filter((name) => name !== "worker.js")].map((name) => {
    const type = name.endsWith(".js") ? "esModule" : name.endsWith(".wasm") ? "wasm" : "data";
    return `(name = "${name}", ${type} = embed "${name}")`;
  });
  const bindings = Object.entries(env).map(
    ([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`,
  );
  const services = names.map(
    (name) => `(name = "${name}", worker = (
      modules = [${modules.join(", ")}],
      bindings = [${bindings.join(", ")}],
      compatibilityDate = "${compatibilityDate}",
      compatibilityFlags = [${compatibilityFlags.map((flag) => `"${flag}"`).join(", ")}],
      globalOutbound = "network",
    ))`,
  );
  const sockets = names.map(
    (name) => `(name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}")`,
  );
  const network = '(name = "network", network = (allow = ["public", "private"]))';
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${[...services, network].join(", ")}],
  sockets = [${sockets.join(", ")}],
);
`;
}
