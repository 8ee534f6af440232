/**
 * A service made of a model alone: one API, `predict`, that takes and answers its tensors by name.
 * @module
 */

import {
  adaptive,
  api,
  json,
  type NamedDTypes,
  namedTensors,
  runner,
  type Service,
  service,
  type Tensor,
  text,
} from "../index.ts";
import { log } from "../log.ts";
import type { Verdict } from "../onnx/trial/trial.ts";
import model, { type BatchChoice, type ModelDescription, type ModelParams } from "./model.ts";
import { onceMemory } from "./once.ts";

/** The batching of the calls of a model. */
export interface ModelBatching {
  readonly choice: BatchChoice;
  /** True if the configuration switches batching off and the flag overrides it. */
  readonly overridesOff: boolean;
  /** False if the workers share no memory, since they are processes. Default true. */
  readonly sharesMemory?: boolean;
}

/** Returns how the calls of a model are batched, by the name of its runner. */
export type BatchingOf = (runner: string) => ModelBatching;

/**
 * Makes the service of an ONNX model: `POST /predict` takes `{"<input>": nested arrays, …}` and
 * answers `{"<output>": nested arrays, …}`; `POST /describe` lists the tensors, and says whether
 * calls are batched.
 *
 * @param url the URL of the model
 * @param batching the batching of its calls
 */
export function modelService(url: URL, batching: BatchingOf): Service {
  const name = serviceName(url);
  const { choice, overridesOff, sharesMemory = true } = batching(name);
  const verdict = sharesMemory ? onceMemory() : undefined;
  const params: ModelParams & { known?: Verdict } = { url: url.href, batch: choice, verdict };
  const batch = overridesOff ? { strategy: adaptive() } : {};
  const pool = runner(model, { name, params, batch });
  let description: Promise<ModelDescription> | undefined;
  const describe = (): Promise<ModelDescription> => {
    description ??= pool.describe(undefined);
    // A failed description is requested again.
    description.catch(() => {
      description = undefined;
    });
    return description;
  };
  /** Returns the dtypes of the inputs. The session checks which are required, and their shapes. */
  const dtypes = async (): Promise<NamedDTypes> => {
    const { inputs } = await describe();
    return Object.fromEntries(inputs.map((each) => [each.name, each.dtype]));
  };
  /** Spares later workers the trial. */
  const keepVerdict = async (): Promise<void> => {
    const { reason, rowAxes } = (await describe()).batching;
    params.known = { reason, rowAxes };
  };
  let isLogged = false;
  pool.onReadyChange(() => {
    if (isLogged || !pool.ready) return;
    isLogged = true;
    logBatching(name, describe()).catch(() => {});
    if (!sharesMemory) keepVerdict().catch(() => {});
  });
  return service(name, {
    runners: [pool],
    apis: {
      predict: api(
        {
          input: namedTensors({ dtypes }),
          output: namedTensors(),
          description: `Run ${name} on its input tensors by name, which POST /describe lists`,
        },
        async (tensors, context) => {
          const { batching } = await describe();
          const joins = hasRows(tensors, batching.rowAxes?.input ?? {});
          return joins ? pool.predict(tensors, context) : pool.predictAlone(tensors, context);
        },
      ),
      describe: api(
        {
          input: text(),
          output: json<ModelDescription>(),
          description: `Describe the tensors of ${name}, and whether its calls are batched`,
        },
        () => describe(),
      ),
    },
  });
}

/**
 * Returns true for a call with the same number of rows in every input that carries rows. Any other
 * may still be valid, where the model broadcasts; if not, the session reports the error.
 */
function hasRows(
  tensors: Readonly<Record<string, Tensor>>,
  rowAxes: Readonly<Record<string, number>>,
): boolean {
  const counts = Object.entries(rowAxes).map(([name, axis]) => tensors[name]?.shape[axis]);
  return counts.every((rows) => rows !== undefined && rows === counts[0]);
}

async function logBatching(name: string, description: Promise<ModelDescription>): Promise<void> {
  const { enabled, reason } = (await description).batching;
  log.info(`Model {name}: calls ${enabled ? "are batched" : "run one by one"}: {reason}`, {
    name,
    reason,
  });
}

/** Returns the file's name as the name of a service: `mnist-cnn` for `/models/MNIST CNN.onnx`. */
function serviceName(url: URL): string {
  const file = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf("/") + 1));
  const name = file
    .replace(/\.onnx$/i, "")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .slice(0, 60);
  return name.replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "") || "model";
}
