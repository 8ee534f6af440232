/**
 * A classifier of text angles by hand: Hono and onnxruntime-node in the process of the server.
 * Arguments: the port, and the model.
 */
import process from "node:process";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { listen } from "./listen.ts";

const ROW = 3 * 48 * 192;

const [, , port, model = ""] = process.argv;
const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
const [inputName = ""] = session.inputNames;
const [outputName = ""] = session.outputNames;

const app = new Hono();

/** Takes the elements of float32 [n, 3, 48, 192]; answers with [n, 2] as JSON. */
app.post("/classify", async (context) => {
  const body = await context.req.arrayBuffer();
  const rows = body.byteLength / (4 * ROW);
  if (!Number.isInteger(rows)) {
    throw new HTTPException(400, { message: "rows of 3 x 48 x 192 float32 are wanted" });
  }
  const input = new Tensor("float32", new Float32Array(body), [rows, 3, 48, 192]);
  const { [outputName]: output } = await session.run({ [inputName]: input });
  const scores = Array.from(output?.data as Float32Array);
  return context.json(Array.from({ length: rows }, (_, row) => scores.slice(2 * row, 2 * row + 2)));
});

listen(app, Number(port));
