import assert from "node:assert/strict";
import { test } from "node:test";
import { openSession } from "../../src/onnx/session.ts";
import { tensor } from "../../src/tensor.ts";
import { modelUrl } from "./models/index.ts";

for (const backend of ["native", "wasm"] as const) {
  test(`a session on ${backend} refuses inputs without elements that would crash it`, async () => {
    const session = await openSession(modelUrl("lstm_batch1"), { backend });
    for (const shape of [
      [2, 0, 3],
      [0, 1, 3],
      [0, 0, 3],
    ]) {
      await assert.rejects(session.run({ x: tensor("float32", shape) }), {
        code: "invalid_argument",
        message:
          /^Input "x" of shape \[\d, \d, 3\] has no elements, without which the model's LSTM/,
      });
    }
    const { y } = await session.run({ x: tensor("float32", [2, 1, 3]) });
    assert.deepEqual(y?.shape, [2, 1, 1, 5]);
    await session.close();
  });

  test(`a session on ${backend} takes inputs without elements where it can`, async () => {
    const session = await openSession(modelUrl("bool"), { backend });
    const { y } = await session.run({ x: tensor("bool", [0, 4]) });
    assert.deepEqual(y, tensor("bool", [0, 4]));
    await session.close();
  });
}
