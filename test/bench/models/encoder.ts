/** A sentence encoder, such as MiniLM: token ids to one vector a text. */
import { openSession } from "../../../src/onnx/index.ts";
import { type Tensor, tensor } from "../../../src/tensor.ts";
import type { LoadContext } from "../../../src/worker/runnable.ts";
import type { ModelParams } from "./rows-runnable.ts";

/** The token ids of a text. */
export type Ids = readonly number[];

/** Loads the encoder; its batched method pads the texts of a batch to the longest of them. */
export async function encoder({ params }: LoadContext<ModelParams>) {
  const { path, backend } = params;
  const session = await openSession(path, { backend, warmUp: false });
  const names = session.inputs.map(({ name }) => name);
  const [ids = "", mask = ""] = ["input_ids", "attention_mask"].map((name) =>
    names.find((each) => each === name),
  );
  return {
    batched: {
      embed: async (texts: readonly Ids[]): Promise<Float32Array[]> => {
        const length = Math.max(...texts.map((text) => text.length));
        const shape = [texts.length, length];
        const fill = (value: (id: number) => number): Tensor<"int64"> => {
          const data = new BigInt64Array(texts.length * length);
          for (const [row, text] of texts.entries()) {
            for (const [at, id] of text.entries()) data[row * length + at] = BigInt(value(id));
          }
          return tensor("int64", shape, data);
        };
        const inputs = Object.fromEntries(names.map((name) => [name, fill(() => 0)]));
        inputs[ids] = fill((id) => id);
        inputs[mask] = fill(() => 1);
        const [hidden] = Object.values(await session.run(inputs));
        return texts.map((text, row) => pooled(hidden as Tensor<"float32">, row, text.length));
      },
    },
    close: () => session.close(),
  };
}

/** Returns the mean of the vectors of a row's tokens. */
function pooled({ data, shape }: Tensor<"float32">, row: number, tokens: number): Float32Array {
  const [, length = 0, width = 0] = shape;
  const mean = new Float32Array(width);
  for (let token = 0; token < tokens; token++) {
    const start = (row * length + token) * width;
    for (let at = 0; at < width; at++)
      mean[at] = (mean[at] ?? 0) + (data[start + at] ?? 0) / tokens;
  }
  return mean;
}
