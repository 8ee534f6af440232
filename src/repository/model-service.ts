/**
 * Services made of models alone: of one model, with the API `predict`, or of a repository.
 * @module
 */

import { json } from "../io/json/json.ts";
import { type NamedDTypes, namedTensors } from "../io/tensor/named-tensors.ts";
import { text } from "../io/text.ts";
import { api } from "../service/api.ts";
import { type Service, service } from "../service/service.ts";
import type { TensorSpec } from "../tensor.ts";
import type { ModelBatching } from "./loaded-version.ts";
import type { ModelDescription } from "./model-runnable.ts";
import type { Catalog } from "./model-settings.ts";
import { OneModel } from "./one-model.ts";
import { Repository } from "./repository.ts";
import type { RepositoryOptions } from "./repository-options.ts";
import { runnerName } from "./runner-name.ts";

/** Returns how the calls of a model are batched, by the name of its runner. */
export type BatchingOf = (runner: string) => ModelBatching;

/** How the models of a catalog are served. */
export type ModelServiceOptions = Omit<RepositoryOptions, "catalog" | "required">;

/**
 * Makes the service of an ONNX model: `POST /predict` takes `{"<input>": nested arrays, …}` and
 * answers `{"<output>": nested arrays, …}`; `POST /describe` lists the tensors, and says whether
 * calls are batched. The Open Inference Protocol serves it under its name.
 *
 * @param url the URL of the model
 * @param batchingOf the batching of its calls
 * @param name its name. Default: that of its file
 */
export function modelService(
  url: URL,
  batchingOf: BatchingOf,
  name: string = modelName(url),
  options: Omit<ModelServiceOptions, "batchingOf"> = {},
): Service {
  return onlyModelService(name, new OneModel(name, url), { ...options, batchingOf });
}

/** Makes the service of the only model of a catalog, as `modelService()` does. */
export function onlyModelService(
  name: string,
  catalog: Catalog,
  options: ModelServiceOptions,
): Service {
  const models = new Repository({ catalog, ...options, required: true });
  const describe = (): ModelDescription => models.loaded(name).description;
  /** Returns the dtypes of the inputs. The session checks which are required, and their shapes. */
  const dtypes = (): NamedDTypes =>
    Object.fromEntries(describe().inputs.map((each) => [each.name, each.dtype]));
  /** Returns the function that finds the tensors for documents: none before they are known. */
  const known = (side: "inputs" | "outputs") => (): readonly TensorSpec[] | undefined => {
    try {
      return models.find(name)[side];
    } catch {
      return models.declared.get(name)?.[side];
    }
  };
  return service(runnerName(name), {
    models,
    apis: {
      predict: api(
        {
          input: namedTensors({
            dtypes,
            tensors: () => known("inputs")()?.map((each) => ({ ...each, required: true })),
          }),
          output: namedTensors({ tensors: known("outputs") }),
          description: `Run ${name} on its input tensors by name, which POST /describe lists`,
        },
        async (tensors, context) => {
          using use = await models.use(name, undefined, context);
          return await use.model.run(tensors, context);
        },
      ),
      describe: api(
        {
          input: text(),
          output: json<ModelDescription & { readonly digest: string | undefined }>(),
          description: `Describe the tensors of ${name}, and whether its calls are batched`,
        },
        () => ({ ...describe(), digest: models.find(name).digest }),
      ),
    },
  });
}

/**
 * Makes the service of a repository, which the Open Inference Protocol serves.
 *
 * @param name its name, of which the service's is made
 */
export function repositoryService(
  name: string,
  catalog: Catalog,
  options: ModelServiceOptions,
): Service {
  const models = new Repository({ catalog, ...options });
  return service(runnerName(name), { models, apis: {} });
}

/** Returns the name of a file without its extension: `mnist-cnn` of `/models/mnist-cnn.onnx`. */
export function modelName(url: URL): string {
  const file = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf("/") + 1));
  return file.replace(/\.onnx$/i, "") || "model";
}
