/**
 * A service made of a model alone: one API, `predict`, that takes and answers its tensors by name.
 * @module
 */

import { api, type NamedDTypes, namedTensors, runner, type Service, service } from "../index.ts";
import model, { type ModelDescription } from "./model.ts";

/**
 * The service of an ONNX model: `POST /predict` with `{"<input>": nested arrays, …}` answers
 * `{"<output>": nested arrays, …}`.
 */
export function modelService(url: URL): Service {
  const name = serviceName(url);
  const pool = runner(model, { name, params: { url: url.href } });
  let description: Promise<ModelDescription> | undefined;
  /** Those of the inputs; which must be there, and of what shapes, the session checks. */
  const dtypes = async (): Promise<NamedDTypes> => {
    description ??= pool.describe(undefined);
    // A description that could not be had is asked for again.
    description.catch(() => {
      description = undefined;
    });
    const { inputs } = await description;
    return Object.fromEntries(inputs.map(({ name, dtype }) => [name, dtype]));
  };
  return service(name, {
    runners: [pool],
    apis: {
      predict: api(
        {
          input: namedTensors({ dtypes }),
          output: namedTensors(),
          description: `Run ${name} on its named input tensors`,
        },
        (inputs, { signal }) => pool.predict(inputs, { signal }),
      ),
    },
  });
}

/** The file's name as the name of a service: `mnist-cnn` for `/models/MNIST CNN.onnx`. */
function serviceName(url: URL): string {
  const file = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf("/") + 1));
  const name = file
    .replace(/\.onnx$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .slice(0, 60);
  return name.replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "") || "model";
}
