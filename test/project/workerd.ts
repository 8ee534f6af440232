/** workerd with a bundle of a module, on free ports. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workerd } from "ekiben/bundle";
import { type BuildOptions, build } from "esbuild";
import {
  startWorkerd as start,
  type Workerd,
  type WorkerdOptions,
  workerdProgram,
} from "../../examples/edge/workerd.ts";
import { root } from "../support/runtimes.ts";

/**
 * Bundles a module, which has a default export with `fetch`, and starts workerd with it.
 *
 * @param resolveDir the folder from which the module imports
 * @param how the options of esbuild. Default: the plugin of `ekiben/bundle`
 */
export async function startWorkerd(
  contents: string,
  resolveDir: string,
  options: WorkerdOptions = {},
  how: BuildOptions = { plugins: [workerd()] },
): Promise<Workerd> {
  const program = workerdProgram(new URL(".ci/package.json", root));
  if (program === undefined) throw new Error("There is no workerd: bun .ci/install.ts --dev");
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  const { errors, warnings } = await build({
    stdin: { contents, resolveDir, loader: "ts" },
    outfile: join(folder, "worker.js"),
    ...how,
    logLevel: "silent",
  });
  assert.deepEqual([errors, warnings], [[], []]);
  const running = await start(program, folder, options);
  return {
    url: running.url,
    urls: running.urls,
    pid: running.pid,
    get output() {
      return running.output;
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
