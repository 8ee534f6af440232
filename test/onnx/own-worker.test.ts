import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker as NodeWorker } from "node:worker_threads";
import { openSession } from "../../src/onnx/session.ts";
import { loopModel } from "./loop-model.ts";

test("openSession() on wasm leaves the global Worker as it was", async () => {
  const own: unknown = Reflect.get(globalThis, "Worker");
  const model = loopModel();
  const open = () => openSession(model, { backend: "wasm", warmUp: false });
  const sessions = await Promise.all([open(), open()]);
  assert.equal(Reflect.get(globalThis, "Worker"), own);
  assert.notEqual(Reflect.get(globalThis, "Worker"), NodeWorker);
  assert.equal("Worker" in globalThis, own !== undefined);
  await Promise.all(sessions.map((session) => session.close()));
});
