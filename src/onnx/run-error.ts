/**
 * The errors of a run: those caused by the caller's input, and those of the model.
 * @module
 */

import { messageOf, ServiceError } from "../error.ts";
import type { TensorSpec } from "../tensor.ts";
import { isOpen } from "./check.ts";

/** The most characters of a reason. */
const MAX_LENGTH = 300;

/**
 * The messages of ONNX Runtime about an operator that failed during a run: native, and WASM. Code 9
 * is of operators that it does not have; without a message, of one that takes no input of 0 rows.
 */
const FAILED_NATIVE = /Non-zero status code returned while running \w+ node/;
const FAILED_WASM = /failed to call OrtRun\(\)\. ERROR_CODE: (?!9, ERROR_MESSAGE: \S)\d+,/;

/** Parts of messages about the memory or the device of a GPU, which no caller is to blame for. */
const OF_GPU = /webgpu\/(?:webgpu_context|buffer_manager)\.cc|wgpu::/;

/**
 * Returns the error of a run that failed. If an operator fails on an input (an index out of range,
 * shapes that do not fit together), it is an error of the caller, with ONNX Runtime's reason. Any
 * other error is returned as it is, and so is one that the model has with any input.
 *
 * @param failsAnyway the reason why the model fails with any input, as far as that is known
 */
export function runError(thrown: unknown, failsAnyway: string | undefined): unknown {
  const message = messageOf(thrown);
  const isOperators = FAILED_NATIVE.test(message) || FAILED_WASM.test(message);
  if (!(thrown instanceof Error && isOperators) || OF_GPU.test(message)) return thrown;
  const reason = reasonOf(message);
  if (failsAnyway !== undefined && withoutNumbers(reason) === withoutNumbers(failsAnyway)) {
    return thrown;
  }
  const text = `The model cannot run with this input: ${reason}`;
  return new ServiceError("failed_precondition", text, { cause: thrown });
}

/**
 * Returns true for the inputs of a model that fails with all if it fails with zeros: floats whose
 * shapes differ in their rows alone. Operators fail on whole numbers, such as indices and shapes,
 * on texts that are no numbers, and on lengths, but not on floats.
 */
export function failsLikeZeros(inputs: readonly TensorSpec[]): boolean {
  return inputs.every(
    ({ dtype = "", shape }) =>
      dtype.startsWith("float") && shape?.slice(1).every((axis) => !isOpen(axis)) === true,
  );
}

/** Shortens ONNX Runtime's message to one sentence: without source locations, with the operator. */
export function reasonOf(message: string): string {
  const [, operator] = /while running (\w+) node/.exec(message) ?? [];
  const reason = message
    .replace(/^The model cannot run with this input: /, "")
    .replace(/^failed to call OrtRun\(\)\. ERROR_CODE: \d+, ERROR_MESSAGE: /, "")
    .replace(/^.*?Status Message: /s, "")
    .replace(/^\S+\.(?:cc|h|cpp|cu):\d+ (?:\w+ (?=[A-Z]))?/, "")
    .replace(/^.*?onnxruntime::[\w:~<>]+\([^()]*\)(?: const)? /, "")
    .replace(/^.*? was false\. /s, "")
    .replace(/\[ONNXRuntimeError\] : \d+ : \w+ : /g, "")
    .replace(/\s+/g, " ")
    .trim();
  if (reason === "") return "ONNX Runtime gives no reason";
  const short = reason.length > MAX_LENGTH ? `${reason.slice(0, MAX_LENGTH)}…` : reason;
  return operator === undefined ? short : `${operator}: ${short}`;
}

function withoutNumbers(reason: string): string {
  return reason.replace(/\d+/g, "0");
}
