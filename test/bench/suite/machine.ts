/** The machine, and the versions of the runtimes and the packages. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, release, totalmem } from "node:os";
import { commandOf, RUNTIMES } from "../runtimes.ts";

const PACKAGES = ["hono", "@hono/node-server", "onnxruntime-node", "onnxruntime-web"];
const MORE = ["@grpc/grpc-js", "@grpc/proto-loader", "@bufbuild/protobuf", "fast-png"];

const root = new URL("../../../", import.meta.url);
const { resolve } = createRequire(import.meta.url);

function output(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: "utf8", cwd: root }).trim();
}

/** Returns the version in the package.json above a package's main file. */
function packageVersion(name: string): string {
  const file = resolve(name);
  const folder = file.slice(0, file.lastIndexOf(`/node_modules/${name}/`));
  const manifest = `${folder}/node_modules/${name}/package.json`;
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  /** The load of the last minute, before the benchmark. */
  readonly load: number;
  readonly runtimes: Readonly<Record<string, string>>;
  readonly packages: Readonly<Record<string, string>>;
  readonly commit: string;
  /** True if there are changes that are not committed. */
  readonly isChanged: boolean;
}

export function machine(): Machine {
  const runtimes = RUNTIMES.map((name) => {
    const [program] = commandOf(name);
    return [
      name,
      output(program, "--version")
        .split("\n")[0]
        ?.replace(/^(v|deno )/, "") ?? "",
    ];
  });
  const packages = [...PACKAGES, ...MORE].map((name) => [name, packageVersion(name)]);
  return {
    cpu: cpus()[0]?.model ?? "",
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    load: loadavg()[0] ?? 0,
    runtimes: Object.fromEntries(runtimes),
    packages: Object.fromEntries(packages),
    commit: output("git", "rev-parse", "--short=12", "HEAD"),
    isChanged: output("git", "status", "--porcelain", "--untracked-files=no") !== "",
  };
}
