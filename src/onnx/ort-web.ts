/**
 * The common part of the backends of onnxruntime-web, which reads no files itself.
 * @module
 */

import type { Env, InferenceSession } from "onnxruntime-web";
import { messageOf } from "../error.ts";
import type { ModelFile } from "./model-file.ts";
import { LOG_FATAL } from "./ort.ts";
import { keepWorker } from "./own-worker.ts";

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

/** The messages of engines about bytes that are not WASM: V8, SpiderMonkey and JavaScriptCore. */
const NOT_WASM = /expected magic word|failed to match magic number|doesn't start with '\\0asm'/;
/** ONNX Runtime's message about code that it could not fetch. */
const NOT_FETCHED = /both async and sync fetching of the wasm failed/;

/** Creates a session. @throws Error with advice, if ONNX Runtime's own code could not be loaded */
export async function createSession(
  ort: Pick<typeof import("onnxruntime-web"), "InferenceSession" | "env">,
  { bytes }: ModelFile,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const create = (): Promise<InferenceSession> => ort.InferenceSession.create(bytes, options);
  try {
    return await (ort.env.wasm.numThreads === 1 ? keepWorker(create) : create());
  } catch (error) {
    throw loadError(error);
  }
}

function loadError(error: unknown): unknown {
  const message = messageOf(error);
  const isPage = NOT_WASM.test(message);
  if (!isPage && !NOT_FETCHED.test(message)) return error;
  return new Error(
    (isPage
      ? "the server answered another file, such as a page, for ONNX Runtime's code"
      : "ONNX Runtime's code could not be loaded") +
      ": serve the .wasm files of node_modules/onnxruntime-web/dist beside the script of this " +
      `page (${message})`,
    { cause: error },
  );
}
