/**
 * The errors of a run: of which an input of the caller's is the cause, and of which the model.
 * @module
 */

import { messageOf, ServiceError } from "../error.ts";

/** A reason that is longer than this is cut. */
const MAX_LENGTH = 300;

/** ONNX Runtime's marks of an operator that failed while it ran: native, and WASM. */
const FAILED_NATIVE = /Non-zero status code returned while running \w+ node/;
const FAILED_WASM = /failed to call OrtRun\(\)\. ERROR_CODE: (?!9,)\d+,/;

/**
 * The error of a run that failed. An operator that fails on an input (an index out of range, shapes
 * that do not fit together) is the caller's matter, with ONNX Runtime's reason. Anything else stays
 * as it is, and so does a failure that the model also has with zeros: it does not depend on the
 * input.
 *
 * @param failsAnyway the reason for which the model failed with zeros, where it never ran
 */
export function runError(thrown: unknown, failsAnyway: string | undefined): unknown {
  const message = messageOf(thrown);
  const isOperators = FAILED_NATIVE.test(message) || FAILED_WASM.test(message);
  if (!(thrown instanceof Error && isOperators)) return thrown;
  const reason = reasonOf(message);
  if (failsAnyway !== undefined && withoutNumbers(reason) === withoutNumbers(failsAnyway)) {
    return thrown;
  }
  const text = `The model cannot run with this input: ${reason}`;
  return new ServiceError("failed_precondition", text, { cause: thrown });
}

/** ONNX Runtime's message as a sentence: without places in its sources, but with the operator. */
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
  const cut = reason.length > MAX_LENGTH ? `${reason.slice(0, MAX_LENGTH)}…` : reason;
  return operator === undefined ? cut : `${operator}: ${cut}`;
}

function withoutNumbers(reason: string): string {
  return reason.replace(/\d+/g, "0");
}
