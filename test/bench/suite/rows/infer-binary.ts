/** Inference on a picture as a binary tensor, against the same as JSON, over HTTP. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { graph, model, node, value } from "../../../onnx/onnx-model.ts";
import { compare } from "../compare.ts";
import { type Post, wrk } from "../load/wrk.ts";
import { ekiben } from "../programs.ts";
import type { Result, Row } from "../row.ts";
import { underLoad } from "../servers.ts";
import { LABELS } from "./label.ts";

const FLOAT = 1;
const CONNECTIONS = 8;
const SHAPE = [1, 3, 224, 224] as const;
const pixels = Float32Array.from({ length: 3 * 224 * 224 }, (_, at) => Math.sin(at));
const means = [0, 1, 2].map(
  (channel) =>
    pixels.subarray(channel * 224 * 224, (channel + 1) * 224 * 224).reduce((a, b) => a + b, 0) /
    (224 * 224),
);

/** A model that takes next to no time beside the transport: the mean of each channel. */
function writeModel(): string {
  const file = join(mkdtempSync(join(tmpdir(), "ekiben-bench-")), "means.onnx");
  writeFileSync(
    file,
    model(
      graph({
        nodes: [node("GlobalAveragePool", ["x"], ["y"])],
        inputs: [value("x", FLOAT, ["n", 3, 224, 224])],
        outputs: [value("y", FLOAT, ["n", 3, 1, 1])],
      }),
    ),
  );
  return file;
}

const path = "/v2/models/means/infer";
const input = { name: "x", datatype: "FP32", shape: SHAPE };

function check(answer: string): void {
  const { data } = JSON.parse(answer).outputs[0] as { readonly data: readonly number[] };
  const isSame = means.every((mean, at) => Math.abs((data[at] ?? Number.NaN) - mean) < 1e-4);
  if (!isSame) throw new Error(`The means are ${answer}`);
}

/** Numbers with all their digits, as Python and JavaScript write those of float32. */
const json: Post = {
  path,
  type: "application/json",
  body: JSON.stringify({ inputs: [{ ...input, data: [...pixels] }] }),
  check,
};

function binaryPost(): Post {
  const parameters = { binary_data_size: pixels.byteLength };
  const head = new TextEncoder().encode(JSON.stringify({ inputs: [{ ...input, parameters }] }));
  const body = new Uint8Array(head.length + pixels.byteLength);
  body.set(head);
  body.set(new Uint8Array(pixels.buffer), head.length);
  const header = ["inference-header-content-length", `${head.length}`] as const;
  return { path, type: "application/octet-stream", body, header, check };
}

export const inferBinary: Row = {
  name: "infer-binary",
  title: `infer, a tensor of 600 KB, ${CONNECTIONS} connections, binary ÷ JSON`,
  async run(settings) {
    const file = writeModel();
    const results: Result[] = [];
    for (const runtime of settings.runtimes) {
      const program = ekiben(runtime, file);
      const rounds = await underLoad(
        {
          binary: { program, load: wrk(binaryPost(), CONNECTIONS) },
          json: { program, load: wrk(json, CONNECTIONS) },
        },
        settings,
      );
      results.push(
        compare(rounds.binary, rounds.json, {
          label: LABELS[runtime],
          names: ["binary", "JSON"],
          figure: "perSecond",
          unit: "/s",
          target: { atLeast: 10 },
        }),
      );
    }
    return results;
  },
};
