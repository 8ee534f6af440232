import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { browser } from "../../src/bundle/index.ts";
import { temporaryFolder } from "../project/checkout.ts";
import { openPage, SLOW_LOAD } from "../support/chromium.ts";
import { runCli, startCli } from "../support/cli.ts";
import { binaries, root } from "../support/runtimes.ts";
import type { Seen } from "./fixtures/gpu/scene.ts";

const example = new URL("examples/mnist/", root);
const path = (name: string): string => fileURLToPath(new URL(name, root));

/** Deno with Vulkan in software. */
const DENO = {
  program: binaries().deno,
  // Mesa warns where it finds none.
  env: { XDG_RUNTIME_DIR: "/tmp" },
};

/** A line of our log, or an error that no code has caught. */
const OURS = /\[\w+\] ekiben|Uncaught|Unhandled|panicked/i;

const INSTEAD = "instead of webgpu: its output";
const SOFTWARE = /runs on webgpu, but the GPU adapter .* is in software, slower than wasm/;
const NO_FLOAT16 = /instead of webgpu: it failed: (Mul|Sin): Program \1 requires f16/;

/**
 * Checks what was seen on a GPU in software, and that nothing else was logged: one line for each
 * model, whatever the number of workers.
 */
function assertSeen(seen: Seen, isolation: string, hasFloat16 = true): void {
  const sine = hasFloat16 ? "webgpu" : "wasm";
  const backends = { mnist: ["webgpu"], overflow: ["wasm"], sine: [sine] };
  assert.deepEqual(seen.backends, backends);
  const model = ([name, [backend]]: [string, string[]]): string =>
    `ekiben_model_info{runner_name="${name}",backend="${backend}"`;
  const shown = seen.models.map((line) => /^\w+\{runner_name="\w+",backend="\w+"/.exec(line)?.[0]);
  assert.deepEqual(shown.sort(), Object.entries(backends).map(model).sort());
  assert.ok(seen.difference < 1e-4, `the answers differ by ${seen.difference}`);
  assert.ok(seen.batches > 0 && seen.batches < seen.calls, `${seen.batches} batches`);
  assert.deepEqual(seen.overflow, [300, 0.5]);
  const [one = 0, half = 0] = seen.sine;
  assert.ok(Math.abs(one - Math.sin(300)) < 0.01 && Math.abs(half - Math.sin(0.5)) < 0.01);
  assert.match(seen.lost, /Runner "mnist" lost a worker/);
  assert.equal(seen.after.backend, "webgpu");
  assert.ok(seen.after.difference < 1e-4, `the answers differ by ${seen.after.difference}`);
  const overflow = new RegExp(`${INSTEAD} "y" was (NaN|-?Infinity) instead of .* 0 and 255\\)`);
  const ofFloat16 = hasFloat16 ? [overflow, SOFTWARE] : [NO_FLOAT16, NO_FLOAT16];
  // Inline, both sessions are on one device.
  const lost = hasFloat16 && isolation === "inline" ? ["mnist", "sine"] : ["mnist"];
  const lines = [
    SOFTWARE,
    ...ofFloat16,
    ...lost.map((name) => new RegExp(`runner .${name}. is lost: .*the GPU device was lost`)),
  ];
  const log = seen.log.filter((line) => !SLOW_LOAD.test(line));
  const text = log.join("\n");
  for (const line of lines) assert.match(text, line);
  assert.equal(log.length, lines.length, text);
}

for (const isolation of ["threads", "inline", "web"]) {
  test(`models run on a GPU, over ${isolation} on Deno`, async () => {
    const script = path("test/system/fixtures/gpu/deno.ts");
    using folder = temporaryFolder();
    const file = join(folder.path, "seen.json");
    const { code, output } = await runCli([isolation, file], { ...DENO, script });
    assert.equal(code, 0, output);
    // What drivers print is none of our concern; our own log is a part of the result.
    assert.doesNotMatch(output, OURS);
    assertSeen(JSON.parse(readFileSync(file, "utf8")) as Seen, isolation);
  });
}

const fixture = (name: string): string => path(`test/system/fixtures/gpu/${name}.ts`);

for (const isolation of ["inline", "web"]) {
  test(`models run on a GPU, over ${isolation} in Chromium`, async () => {
    const { outputFiles } = await build({
      entryPoints: [fixture("page"), fixture("worker")],
      outdir: "/",
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "browser",
      write: false,
      logLevel: "error",
      plugins: [browser()],
    });
    const files = outputFiles.map(({ path, contents }) => [`/${basename(path)}`, contents]);
    await using page = await openPage(
      {
        "/index.html":
          '<link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
        "/mnist-cnn.onnx": readFileSync(new URL("mnist-cnn.onnx", example)),
        ...Object.fromEntries(files),
      },
      { webgpu: true },
    );
    page.page.setDefaultTimeout(120_000);
    // SwiftShader has no float16.
    assertSeen((await page.run(`onGpu("${isolation}")`)) as Seen, isolation, false);
    page.assertClean();
    const loaded = page.site.requests.filter((request) => /asyncify/.test(request));
    assert.deepEqual(loaded, []);
  });
}

test("auto runs a model on wasm beside a GPU in software, known or measured", async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { openSession } from "./src/onnx/index.ts";
        globalThis.open = async () => (await openSession(new URL("/m.onnx", location))).backend;
      `,
      resolveDir: path("."),
    },
    outfile: "/page.js",
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "error",
    plugins: [browser()],
  });
  const files = outputFiles.map(({ path, contents }) => [`/${basename(path)}`, contents]);
  const open = (webgpu: boolean) =>
    openPage(
      {
        "/index.html":
          '<link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
        "/m.onnx": readFileSync(new URL("mnist-cnn.onnx", example)),
        ...Object.fromEntries(files),
      },
      { webgpu },
    );
  for (const webgpu of [true, false]) {
    await using page = await open(webgpu);
    assert.equal(await page.run("open()"), "wasm");
    page.assertClean();
    assert.deepEqual(loadedForGpu(page.site.requests), []);
  }
  // One that does not say that it is in software is measured, and is slower.
  await using page = await open(true);
  await page.run(DISGUISE);
  assert.equal(await page.run("open()"), "wasm");
  page.assertClean();
  assert.equal(loadedForGpu(page.site.requests).length, 1);
});

const loadedForGpu = (requests: readonly string[]): string[] =>
  requests.filter((request) => /(jspi|asyncify).*\.wasm/.test(request));

/** Lets SwiftShader pass for a graphics card. */
const DISGUISE = `
  OffscreenCanvas.prototype.getContext = () => ({
    getExtension: () => ({}),
    getParameter: () => "card",
  });
  for (const [name, value] of [["isFallbackAdapter", false], ["architecture", "card"]]) {
    Object.defineProperty(GPUAdapterInfo.prototype, name, { get: () => value });
  }
`;

interface Label {
  readonly file: string;
  readonly label: number;
}

test("examples/mnist reads all 20 digits on webgpu, on Deno with Vulkan in software", async () => {
  const digits = new URL("digits/", example);
  const labels = JSON.parse(readFileSync(new URL("labels.json", digits), "utf8")) as Label[];
  const service = fileURLToPath(new URL("service.ts", example));
  await using server = await startCli(["serve", service, "--backend", "webgpu"], DENO);
  assert.match(server.output, /Runner mnist: \d+ workers? on webgpu/);
  // All at once: two runs that overlap on one GPU session would never come back.
  const read = await Promise.all(
    labels.map(async ({ file }) => {
      const response = await fetch(`${server.url}/predict`, {
        method: "POST",
        body: readFileSync(new URL(file, digits)),
        headers: { "content-type": "image/png" },
      });
      const { digit } = (await response.json()) as { digit: number };
      return digit;
    }),
  );
  assert.deepEqual(
    read,
    labels.map(({ label }) => label),
  );
});
