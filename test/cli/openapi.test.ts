import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCli } from "../support/cli.ts";
import { root } from "../support/runtimes.ts";

const folder = mkdtempSync(join(tmpdir(), "ekiben-openapi-"));
after(() => rmSync(folder, { recursive: true }));

const pathOf = (file: string): string => fileURLToPath(new URL(file, root));

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string };
  readonly security: readonly object[];
  readonly paths: Readonly<Record<string, { readonly post?: Operation }>>;
}

interface Operation {
  readonly responses: object;
  readonly requestBody: {
    readonly content: Readonly<
      Record<string, { readonly schema: { readonly required?: unknown } }>
    >;
    readonly "x-ekiben-io"?: object;
  };
}

test("ekiben openapi prints the document of a service", async () => {
  const { code, output, stdout } = await runCli(["openapi", pathOf("examples/mnist/service.ts")]);
  assert.equal(code, 0, output);
  const { openapi, info, paths } = JSON.parse(stdout) as Document;
  assert.deepEqual([openapi, info.title], ["3.1.1", "onnx_mnist"]);
  assert.ok(paths["/predict"]?.post !== undefined);
});

test("ekiben openapi writes the document of a model, whose tensors it reads", async () => {
  const file = join(folder, "model.json");
  const model = pathOf("examples/mnist/mnist-cnn.onnx");
  const { code, output } = await runCli(["openapi", model, "--name", "digits", "--output", file]);
  assert.deepEqual([code, output], [0, ""]);
  const { paths } = JSON.parse(readFileSync(file, "utf8")) as Document;
  assert.ok("/v2/models/digits/infer" in paths);
  const { content = {}, "x-ekiben-io": io } = paths["/predict"]?.post?.requestBody ?? {};
  assert.deepEqual(content["application/json"]?.schema.required, ["image"]);
  const { tensors } = io as { readonly tensors: readonly { readonly dtype: string }[] };
  assert.deepEqual(
    tensors.map(({ dtype }) => dtype),
    ["float32"],
  );
});

test("ekiben openapi takes the flags and the configuration of a server", async () => {
  const config = join(folder, "config.yml");
  writeFileSync(config, "api_server: { metrics: { enabled: false } }");
  const args = ["--config", config, "--no-ui", "--rate-limit", "5/s"];
  const env = { EKIBEN_API_KEY: "ada:correct-horse" };
  const ended = await runCli(["openapi", pathOf("examples/mnist/service.ts"), ...args], { env });
  assert.equal(ended.code, 0, ended.output);
  assert.doesNotMatch(ended.output, /correct-horse|ada/);
  const { security, paths } = JSON.parse(ended.stdout) as Document;
  assert.deepEqual(security, [{ ApiKey: [] }, { ApiKeyHeader: [] }]);
  assert.ok(!("/metrics" in paths) && !("/" in paths));
  const { responses = {} } = paths["/predict"]?.post ?? {};
  for (const status of [401, 403, 429]) assert.ok(status in responses, String(status));
});

test("ekiben openapi says what it cannot read or write", async () => {
  const missing = await runCli(["openapi", join(folder, "none.ts")]);
  assert.deepEqual([missing.code, missing.output.includes("There is no file")], [1, true]);
  const file = join(folder, "none", "model.json");
  const unwritable = await runCli([
    "openapi",
    pathOf("examples/mnist/service.ts"),
    "--output",
    file,
  ]);
  assert.equal(unwritable.code, 1);
  assert.match(unwritable.output, /Cannot write the document to .*ENOENT/s);
});
