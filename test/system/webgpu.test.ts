import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startCli } from "../support/cli.ts";
import { binaries, root } from "../support/runtimes.ts";

const example = new URL("examples/mnist/", root);

interface Label {
  readonly file: string;
  readonly label: number;
}

test("examples/mnist reads all 20 digits on webgpu, on Deno with Vulkan in software", async () => {
  const digits = new URL("digits/", example);
  const labels = JSON.parse(readFileSync(new URL("labels.json", digits), "utf8")) as Label[];
  const service = fileURLToPath(new URL("service.ts", example));
  await using server = await startCli(["serve", service, "--backend", "webgpu"], {
    program: binaries().deno,
    // Mesa warns where it finds none.
    env: { XDG_RUNTIME_DIR: "/tmp" },
  });
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
