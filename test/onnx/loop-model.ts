/** A model whose input determines how long a run takes. */
import { graph, loop, model, node, value } from "./onnx-model.ts";

/** y is x after `steps` steps of y = sin(y): int64 steps [1], float32 x [n], float32 y [n]. */
export function loopModel(): Uint8Array {
  const body = graph({
    nodes: [node("Identity", ["goOn"], ["goesOn"]), node("Sin", ["before"], ["after"])],
    inputs: [value("step", 7, []), value("goOn", 9, []), value("before", 1, ["n"])],
    outputs: [value("goesOn", 9, []), value("after", 1, ["n"])],
  });
  return model(
    graph({
      nodes: [loop(["steps", "", "x"], ["y"], body)],
      inputs: [value("steps", 7, [1]), value("x", 1, ["n"])],
      outputs: [value("y", 1, ["n"])],
    }),
  );
}
