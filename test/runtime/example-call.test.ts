import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { modelService } from "../../src/repository/model-service.ts";
import { type ExampleFacts, exampleCall } from "../../src/runtime/example-call.ts";
import { serveWith } from "../../src/runtime/serve.ts";
import { modelUrl } from "../onnx/models/index.ts";
import { silenced } from "../support/silenced.ts";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "ekiben-example-"));
after(() => rmSync(folder, { recursive: true }));

const URL_TEXT = "http://localhost:3000";

function facts(more: Partial<ExampleFacts>): ExampleFacts {
  const y = { name: "y", dtype: "float32", shape: ["n", 2] } as const;
  return { name: "m", inputs: [], outputs: [y], ...more };
}

const examples: readonly [what: string, model: ExampleFacts, command: string][] = [
  [
    "JSON for a few numbers, one row of them",
    facts({ inputs: [{ name: "x", dtype: "float32", shape: ["batch", 2] }] }),
    `curl ${URL_TEXT}/v2/models/m/infer ` +
      `-d '{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[0,0]}]}'`,
  ],
  [
    "the shapes that a model is known to take",
    facts({
      inputs: [{ name: "x", dtype: "int64", shape: ["batch", "length"] }],
      exampleShapes: { x: [1, 3] },
    }),
    `curl ${URL_TEXT}/v2/models/m/infer ` +
      `-d '{"inputs":[{"name":"x","shape":[1,3],"datatype":"INT64","data":[0,0,0]}]}'`,
  ],
  [
    "texts and truth values",
    facts({
      inputs: [
        { name: "text", dtype: "string", shape: [1] },
        { name: "flag", dtype: "bool", shape: [] },
      ],
    }),
    `curl ${URL_TEXT}/v2/models/m/infer -d '{"inputs":[` +
      '{"name":"text","shape":[1],"datatype":"BYTES","data":[""]},' +
      `{"name":"flag","shape":[],"datatype":"BOOL","data":[false]}]}'`,
  ],
  [
    "names with spaces and quotes",
    facts({ name: "it's 1", inputs: [{ name: "x'", dtype: "float32", shape: [1] }] }),
    `curl '${URL_TEXT}/v2/models/it'\\''s%201/infer' ` +
      `-d '{"inputs":[{"name":"x'\\''","shape":[1],"datatype":"FP32","data":[0]}]}'`,
  ],
  [
    "bytes for many numbers",
    facts({ inputs: [{ name: "é", dtype: "float32", shape: ["n", 3, 10, 10] }] }),
    `(printf %s '{"inputs":[{"name":"é","shape":[1,3,10,10],"datatype":"FP32",` +
      `"parameters":{"binary_data_size":1200}}]}'; head -c 1200 /dev/zero) | ` +
      `curl ${URL_TEXT}/v2/models/m/infer -H 'Inference-Header-Content-Length: 103' ` +
      "-H 'Content-Type: application/octet-stream' --data-binary @-",
  ],
  [
    "bytes both ways for float16",
    facts({
      inputs: [{ name: "x", dtype: "float16", shape: [1] }],
      outputs: [{ name: "y", dtype: "float16", shape: [1] }],
    }),
    `(printf %s '{"parameters":{"binary_data_output":true},"inputs":[{"name":"x","shape":[1],` +
      `"datatype":"FP16","parameters":{"binary_data_size":2}}]}'; head -c 2 /dev/zero) | ` +
      `curl ${URL_TEXT}/v2/models/m/infer --output answer.bin ` +
      "-H 'Inference-Header-Content-Length: 132' " +
      "-H 'Content-Type: application/octet-stream' --data-binary @-",
  ],
];

for (const [what, model, command] of examples) {
  test(`exampleCall() writes ${what}`, () => {
    assert.equal(exampleCall(model, URL_TEXT), command);
  });
}

test("exampleCall() writes none for an input that is too large", () => {
  const huge = facts({ inputs: [{ name: "x", dtype: "float32", shape: [1, 3, 4096, 4096] }] });
  assert.equal(exampleCall(huge, URL_TEXT), undefined);
});

const mnist = new URL("../../examples/mnist/mnist-cnn.onnx", import.meta.url);

/** Models, and the part of the answers that says that they are right; none for bytes. */
const served: readonly [url: URL, answer: RegExp | undefined][] = [
  [mnist, /"name":"probabilities","datatype":"FP32","shape":\[1,10\],"data":\[0\.\d+,/],
  [modelUrl("unnamed"), /"name":"y","datatype":"FP32","shape":\[1,2\],"data":\[0,0\]/],
  [modelUrl("conv"), /"name":"y","datatype":"FP32","shape":\[1,10\],"data":\[0\.1/],
  [modelUrl("bertlike"), /"datatype":"FP32","shape":\[1,/],
  [modelUrl("string"), /"datatype":"BYTES","shape":\[1,1\],"data":\[""\]/],
  [modelUrl("bool"), /"data":\[/],
  [modelUrl("scalar"), /"data":\[/],
  [modelUrl("two_inputs_unrelated"), /"data":\[/],
  [modelUrl("external"), /"data":\[/],
  [modelUrl("fp16"), undefined],
];

for (const [url, answer] of served) {
  const file = fileURLToPath(url).split("/").at(-1);
  test(`the call of ${file} that is logged at the start works in a shell`, async () => {
    using logged = silenced();
    const where = { port: 0, host: "127.0.0.1", grpcPort: false } as const;
    const service = modelService(url, () => ({ choice: "auto", overridesOff: false }));
    await using server = await serveWith(service, { ...where, signals: false }, {});
    assert.match(logged.text, /Model .*, version 1 on \w+: calls (are batched|run one by one): /);
    const command = /^ {2}(.*\bcurl .*)$/m.exec(logged.text)?.[1] ?? assert.fail(logged.text);
    assert.ok(command.includes(server.url), command);
    const shell = command.replaceAll(/\bcurl /g, "curl -sS --fail-with-body ");
    const { stdout } = await run("sh", ["-c", shell], { cwd: folder });
    if (answer !== undefined) assert.match(stdout, answer);
    else assert.ok(readFileSync(join(folder, "answer.bin")).includes('"binary_data_size":4'));
  });
}
