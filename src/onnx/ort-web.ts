/**
 * The common part of the backends of onnxruntime-web, which reads no files itself.
 * @module
 */

import type { Env, InferenceSession } from "onnxruntime-web";
import type { ModelFile } from "./model-file.ts";
import { LOG_FATAL } from "./ort.ts";

/**
 * Silences ONNX Runtime's log, reads the files of a model's weights unless the options contain
 * them, and returns the options of the session.
 */
export async function prepare(
  { env }: { readonly env: Env },
  provider: string,
  model: ModelFile,
  given: InferenceSession.SessionOptions | undefined,
): Promise<InferenceSession.SessionOptions> {
  env.logLevel = "fatal";
  const externalData = given?.externalData ?? (await model.readExternalFiles());
  return {
    executionProviders: [provider],
    ...LOG_FATAL,
    ...given,
    ...(externalData.length === 0 ? {} : { externalData }),
  };
}
