import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "../../src/error.ts";
import { openSession } from "../../src/onnx/index.ts";
import { failsLikeZeros, reasonOf, runError } from "../../src/onnx/run-error.ts";
import { type DType, tensor } from "../../src/tensor.ts";
import { silenced } from "../support/silenced.ts";
import { modelUrl } from "./models/index.ts";

/** Messages of ONNX Runtime 1.30, native and WASM, and the reason in them. */
const messages: readonly [string, string][] = [
  [
    "Non-zero status code returned while running Gather node. Name:'' Status Message: indices " +
      "element out of data bounds, idx=99 must be within the inclusive range [-5,4]",
    "Gather: indices element out of data bounds, idx=99 must be within the inclusive range [-5,4]",
  ],
  [
    "failed to call OrtRun(). ERROR_CODE: 2, ERROR_MESSAGE: Non-zero status code returned while " +
      "running Gather node. Name:'a' Status Message: indices element out of data bounds",
    "Gather: indices element out of data bounds",
  ],
  [
    "failed to call OrtRun(). ERROR_CODE: 1, ERROR_MESSAGE: /mnt/s/core/reshape_helper.h:86 " +
      "onnxruntime::ReshapeHelper::ReshapeHelper(const TensorShape &, TensorShapeVector &, bool) " +
      "size != 0 && (input_shape_size % size) == 0 was false. The input tensor cannot be " +
      "reshaped to the requested shape. Input shape:{3}, requested shape:{-1,4}\n",
    "The input tensor cannot be reshaped to the requested shape. " +
      "Input shape:{3}, requested shape:{-1,4}",
  ],
  [
    "Non-zero status code returned while running Div node. Name:'' Status Message: " +
      "element_wise_ops.cc:692 Compute Integer division by zero",
    "Div: Integer division by zero",
  ],
  ["failed to call OrtRun(). ERROR_CODE: 9, ERROR_MESSAGE: ", "ONNX Runtime gives no reason"],
];

test("reasonOf() shortens ONNX Runtime's message to a sentence", () => {
  for (const [message, reason] of messages) assert.equal(reasonOf(message), reason);
  assert.ok(reasonOf("x".repeat(10_000)).length < 400);
});

test("failsLikeZeros() is true for inputs on which no operator fails", () => {
  const of = (dtype: DType, ...shape: (number | string)[]) => ({ name: "x", dtype, shape });
  assert.ok(failsLikeZeros([of("float32", "n", 3), of("float16"), of("float64", 2, 2)]));
  for (const other of [of("int64", "n", 3), of("string", "n"), of("bool"), of("float32", 1, "w")]) {
    assert.equal(failsLikeZeros([of("float32", "n", 3), other]), false);
  }
  assert.equal(failsLikeZeros([{ name: "x", dtype: "float32", shape: undefined }]), false);
});

test("runError() returns a caller's error only for the failure of an operator", () => {
  for (const [message, reason] of messages) {
    const error = runError(new Error(message), undefined);
    assert.ok(error instanceof ServiceError);
    assert.equal(error.code, "failed_precondition");
    assert.equal(error.message, `The model cannot run with this input: ${reason}`);
    const own = new Error(message);
    assert.equal(runError(own, reason.replace("99", "1")), own, "the model fails anyway");
  }
  for (const message of [
    "invalid session id: 7",
    "failed to call OrtRun(). ERROR_CODE: 9, ERROR_MESSAGE: Could not find an implementation",
    "failed to call OrtRun(). ERROR_CODE: 1, ERROR_MESSAGE: /s/core/providers/webgpu/" +
      "buffer_manager.cc:643 void Download() map_async_result.status == wgpu::MapAsyncStatus",
  ]) {
    const other = new Error(message);
    assert.equal(runError(other, undefined), other);
  }
});

for (const backend of ["native", "wasm"] as const) {
  test(`Session.run() on ${backend} distinguishes a wrong input from a wrong model`, async () => {
    using logged = silenced();
    const gather = await openSession(modelUrl("gather"), { backend });
    await assert.rejects(gather.run(tensor("int64", [1], BigInt64Array.of(99n))), {
      code: "failed_precondition",
      message:
        "The model cannot run with this input: Gather: indices element out of data bounds, " +
        "idx=99 must be within the inclusive range [-5,4]",
    });
    const argmax = await openSession(modelUrl("argmax0"), { backend });
    await assert.rejects(argmax.run(tensor("float32", [0, 4])), { code: "failed_precondition" });
    await argmax.close();
    assert.equal(logged.text, "");
    assert.deepEqual((await gather.run(tensor("int64", [1]))).shape, [1, 2], "and goes on");
    await gather.close();

    // Zeros fail as well, but other texts do not.
    const parse = await openSession(modelUrl("parse"), { backend });
    assert.match(logged.text, /parse\.onnx could not be warmed up and may fail: /);
    const texts = (text: string) => tensor("string", [1], [text]);
    await assert.rejects(parse.run(texts("")), { code: "failed_precondition" });
    assert.deepEqual((await parse.run(texts("7"))).data, Int32Array.of(7));
    await parse.close();

    const broken = await openSession(modelUrl("always_fails"), { backend });
    assert.match(logged.text, /always_fails\.onnx could not be warmed up and may fail: .*reshaped/);
    await assert.rejects(broken.run(tensor("float32", [2, 3])), (error: Error) => {
      assert.ok(!(error instanceof ServiceError), error.message);
      return true;
    });
    await broken.close();
  });
}
