/**
 * The runnable behind `ekiben serve model.onnx`: runs any model by the names of its tensors.
 * @module
 */

import { openSession, type Session, type TensorSpec } from "../onnx/index.ts";
import { declaredAxes, firstRow, type RowAxes, type TensorAxes } from "../onnx/trial/candidates.ts";
import { tryBatching, type Verdict } from "../onnx/trial/trial.ts";
import { release } from "../release.ts";
import {
  type LoadContext,
  type Loaded,
  type Runnable,
  runnable,
  type Tensor,
} from "../runnable.ts";
import type { BatchChoice } from "./batch-choice.ts";
import { once } from "./once.ts";

type Named = Record<string, Tensor>;

/** The parameters of the runnable. */
export interface ModelParams {
  readonly url: string;
  readonly batch: BatchChoice;
  /**
   * Memory in which the first worker leaves the verdict of its trial for the others; `undefined`
   * for workers that share none, each of which makes its own trial.
   */
  readonly verdict: SharedArrayBuffer | undefined;
  /** False to take calls without a run on zeros before. Default true. */
  readonly warmUp?: boolean;
  /** The verdict, once it is known without that memory. */
  readonly known?: Verdict;
}

/** The description of a model. */
export interface ModelDescription {
  readonly backend: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** The result of the trial: whether calls are joined, why, and along which axes. */
  readonly batching: {
    readonly enabled: boolean;
    readonly reason: string;
    readonly rowAxes?: RowAxes;
  };
  /** The shapes of inputs that the model ran on, one row each; undefined if it did not run. */
  readonly exampleShapes?: Readonly<Record<string, readonly number[]>>;
}

/** The methods that a model offers. */
export type ModelMethods = {
  predict: (inputs: Named) => Promise<Named>;
  /** As `predict`, but never joined with other calls. */
  predictAlone: (inputs: Named) => Promise<Named>;
  describe: (nothing: undefined) => ModelDescription;
};

/** The time that a worker waits for another's trial, whose last run has no bound of its own. */
const MAX_WAIT_MS = 60_000;

const model: Runnable<ModelMethods, ModelParams> = runnable(
  import.meta.url,
  async ({ params }: LoadContext<ModelParams>) => {
    const { url, warmUp = true } = params;
    const session = await openSession(new URL(url), { warmUp });
    const { backend, inputs, outputs } = session;
    const { rowAxes, reason } = await verdictOn(session, params);
    const batching = { enabled: rowAxes !== undefined, reason, ...(rowAxes && { rowAxes }) };
    const predict = async (named: Named): Promise<Named> => {
      const outputs = await session.run(named);
      // They are this worker's own.
      for (const { data } of Object.values(named)) {
        if (!Array.isArray(data) && data.byteLength === data.buffer.byteLength) {
          release(data.buffer);
        }
      }
      return outputs;
    };
    const describe = (_nothing: undefined): ModelDescription => ({
      backend,
      inputs,
      outputs,
      batching,
      ...(session.zeros && { exampleShapes: shapesOf(session.zeros) }),
    });
    const specs = {
      predict: { input: inputs, output: withAxes(outputs, rowAxes?.output ?? {}) },
      predictAlone: { input: inputs, output: outputs },
    };
    const close = (): Promise<void> => session.close();
    // Each method is in one of the two records, which the types cannot express.
    return (
      rowAxes === undefined
        ? { methods: { predict, predictAlone: predict, describe }, specs, close }
        : {
            batched: { predict },
            methods: { predictAlone: predict, describe },
            rowAxes: { predict: rowAxes },
            warmUp: { predict: session.zeros && firstRow(session.zeros, rowAxes.input) },
            specs,
            close,
          }
    ) as Loaded<ModelMethods, ModelMethods>;
  },
  { multiThreaded: true },
);

function shapesOf(tensors: Readonly<Named>): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
}

/** Removes the shapes that lack the axis of the rows, which a trial found: models may be wrong. */
function withAxes(outputs: readonly TensorSpec[], axes: TensorAxes): readonly TensorSpec[] {
  return outputs.map((spec) => {
    const { name, shape } = spec;
    const hasAxis = shape === undefined || (axes[name] ?? -1) < shape.length;
    return hasAxis ? spec : { ...spec, shape: undefined };
  });
}

async function verdictOn(session: Session, params: ModelParams): Promise<Verdict> {
  const { batch, verdict, known } = params;
  if (batch === "off") return { rowAxes: undefined, reason: "batching is switched off" };
  if (batch === "on") {
    const rowAxes = declaredAxes(session.inputs, session.outputs);
    if (rowAxes !== undefined) return { rowAxes, reason: "batching is switched on" };
    return { rowAxes, reason: "batching is switched on, but no first axis of an input is open" };
  }
  if (known !== undefined) return known;
  if (verdict === undefined) return await tryBatching(session);
  const found = await once(verdict, () => tryBatching(session), MAX_WAIT_MS);
  return found ?? { rowAxes: undefined, reason: "a trial at the start did not end in time" };
}

export default model;
