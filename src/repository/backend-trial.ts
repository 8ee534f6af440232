/**
 * The runnable of a trial of backends: it opens a model on each of them and compares them. It runs
 * in a process of its own where there can be one, since a backend may end its process.
 * @module
 */

import { systemClock } from "../clock.ts";
import type { BackendName } from "../onnx/backend.ts";
import { type BackendFigures, BackendTrial } from "../onnx/comparison/backends.ts";
import { readModel } from "../onnx/model-file.ts";
import { native } from "../onnx/native.ts";
import { wasm } from "../onnx/wasm.ts";
import { webgpu } from "../onnx/webgpu/webgpu.ts";
import { type LoadContext, type Runnable, runnable } from "../runnable.ts";

/** The largest model, in bytes: a trial holds several copies of it. */
const MAX_BYTES = 2 ** 29;

const BACKENDS = { native, wasm, webgpu } as const;

/** The parameters of a trial. */
export interface BackendTrialParams {
  /** The URL of the model. */
  readonly url: string;
  readonly threads: number;
}

/** The methods of a trial. */
export type BackendTrialMethods = {
  /** Returns true if the model has weights in further files. */
  hasFiles: (nothing: undefined) => boolean;
  /** Returns the figures of WASM, with which the other backends are compared. */
  reference: (nothing: undefined) => Promise<BackendFigures>;
  /** Returns the figures of another backend. */
  candidate: (backend: BackendName) => Promise<BackendFigures>;
};

const trial: Runnable<BackendTrialMethods, BackendTrialParams> = runnable(
  import.meta.url,
  async ({ params: { url, threads } }: LoadContext<BackendTrialParams>) => {
    const model = await readModel(new URL(url));
    const weights = await model.readExternalFiles();
    const bytes = weights.reduce((sum, { data }) => sum + data.length, model.bytes.length);
    if (bytes > MAX_BYTES) throw new Error("The model is too large for a trial of its backends");
    const compared = new BackendTrial({ model, options: { threads }, clock: systemClock });
    let first: Promise<BackendFigures> | undefined;
    const reference = (): Promise<BackendFigures> => {
      first ??= compared.reference(wasm);
      return first;
    };
    return {
      methods: {
        hasFiles: (_nothing: undefined) => weights.length > 0,
        reference: (_nothing: undefined) => reference(),
        candidate: async (backend: BackendName) => {
          // A backend may have ended the process that has opened the reference.
          await reference();
          return await compared.candidate(BACKENDS[backend]);
        },
      },
      close: () => compared.close(),
    };
  },
  // A backend that ends its process would end the next one too.
  { notIdempotent: ["reference", "candidate"], multiThreaded: true },
);

export default trial;
