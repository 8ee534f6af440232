/**
 * The runnable behind `ekiben serve model.onnx`: runs any model by the names of its tensors.
 * @module
 */

import { type LoadContext, type Loaded, type Runnable, runnable, type Tensor } from "../index.ts";
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
    const { inputs, outputs } = session;
    const predict = (named: Named): Promise<Named> => session.run(named);
    const describe = (_nothing: undefined): ModelDescription => ({ inputs, outputs });
    const close = (): Promise<void> => session.close();
    const batched = batches([...inputs, ...outputs]);
    // Each method stands in one of the two, which the types cannot say.
    return {
      batched: batched ? { predict } : {},
      methods: batched ? { describe } : { predict, describe },
      warmUp: batched ? { predict: session.zeros } : {},
      close,
    } as Loaded<ModelMethods, ModelMethods>;
  },
);

/** Calls can be joined where the first axis of every tensor is open; any other model runs alone. */
function batches(specs: readonly TensorSpec[]): boolean {
  return specs.every(({ shape: [first] }) => typeof first === "string");
}

export default model;
