/**
 * The digits of examples/mnist, by hand: Hono, a decoder of PNG and onnxruntime-node in the process
 * of the server. Argument: the port.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { decode } from "fast-png";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { listen } from "./listen.ts";

const model = new URL("../../../../examples/mnist/mnist-cnn.onnx", import.meta.url);
const session = await InferenceSession.create(await readFile(model), { intraOpNumThreads: 1 });
const [inputName = ""] = session.inputNames;
const [outputName = ""] = session.outputNames;

async function classify(pixels: Float32Array, rows: number): Promise<Float32Array> {
  const input = new Tensor("float32", pixels, [rows, 1, 28, 28]);
  const { [outputName]: output } = await session.run({ [inputName]: input });
  return output?.data as Float32Array;
}

const app = new Hono();

app.post("/predict", async (context) => {
  const { width, height, channels, data } = decode(await context.req.arrayBuffer());
  if (width !== 28 || height !== 28 || channels !== 1) {
    throw new HTTPException(400, { message: "a grey picture of 28 x 28 pixels is wanted" });
  }
  const pixels = Float32Array.from(data, (byte) => byte / 255);
  const scores = Array.from(await classify(pixels, 1));
  return context.json({ digit: scores.indexOf(Math.max(...scores)), scores });
});

app.post("/classify", async (context) => {
  const digits = await context.req.json<number[][][][]>();
  const pixels = Float32Array.from(digits.flat(3));
  if (pixels.length !== 784 * digits.length) {
    throw new HTTPException(400, { message: "rows of 1 x 28 x 28 numbers are wanted" });
  }
  const all = await classify(pixels, digits.length);
  return context.json(digits.map((_, row) => Array.from(all.subarray(10 * row, 10 * row + 10))));
});

listen(app, Number(process.argv[2]));
