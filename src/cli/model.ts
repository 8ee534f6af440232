/**
 * The runnable behind `ekiben serve model.onnx`: runs any model by the names of its tensors.
 * @module
 */

import { type LoadContext, type Runnable, runnable, type Tensor } from "../index.ts";
import { openSession, type TensorSpec } from "../onnx/index.ts";

type Named = Record<string, Tensor>;

/** What a model is made of, as it says itself. */
export interface ModelDescription {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** The methods that a model offers. */
export type ModelMethods = {
  predict: (inputs: Named) => Promise<Named>;
  describe: (nothing: undefined) => ModelDescription;
};

const model: Runnable<ModelMethods, { readonly url: string }> = runnable(
  import.meta.url,
  async ({ params }: LoadContext<{ readonly url: string }>) => {
    const session = await openSession(new URL(params.url));
    return {
      batched: { predict: (inputs: Named) => session.run(inputs) },
      methods: {
        describe: (_nothing: undefined) => ({ inputs: session.inputs, outputs: session.outputs }),
      },
      close: () => session.close(),
    };
  },
);

export default model;
