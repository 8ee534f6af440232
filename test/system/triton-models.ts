/** A model repository in Triton's layout, as its examples need one. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { graph, model, node, value } from "../onnx/onnx-model.ts";

/** Element types of onnx.proto. */
const INT32 = 6;
const STRING = 8;

const rows = (name: string) => value(name, INT32, ["", 16]);

/** Sum and difference of two vectors. */
const simple = model(
  graph({
    nodes: [
      node("Add", ["INPUT0", "INPUT1"], ["OUTPUT0"]),
      node("Sub", ["INPUT0", "INPUT1"], ["OUTPUT1"]),
    ],
    inputs: [rows("INPUT0"), rows("INPUT1")],
    outputs: [rows("OUTPUT0"), rows("OUTPUT1")],
  }),
);

const texts = model(
  graph({
    nodes: [node("Identity", ["x"], ["y"])],
    inputs: [value("x", STRING, ["n"])],
    outputs: [value("y", STRING, ["n"])],
  }),
);

const tensor = (name: string): string => `{ name: "${name}" data_type: TYPE_INT32 dims: [ 16 ] }`;
const CONFIG = `
platform: "onnxruntime_onnx"
max_batch_size: 8
input [ ${tensor("INPUT0")}, ${tensor("INPUT1")} ]
output [ ${tensor("OUTPUT0")}, ${tensor("OUTPUT1")} ]
`;

/** Writes the models `simple` and `texts`, and `sequences`, which only Triton can serve. */
export function writeTritonModels(folder: string): void {
  const write = (name: string, content: Uint8Array, config: string): void => {
    mkdirSync(join(folder, name, "1"), { recursive: true });
    writeFileSync(join(folder, name, "1", "model.onnx"), content);
    writeFileSync(join(folder, name, "config.pbtxt"), config);
  };
  write("simple", simple, `name: "simple"${CONFIG}`);
  write("texts", texts, 'name: "texts"\nplatform: "onnxruntime_onnx"\n');
  write("sequences", simple, `name: "sequences"${CONFIG}sequence_batching { }\n`);
}
