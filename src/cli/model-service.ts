/**
 * A service made of a model alone: one API, `predict`, that takes and answers its tensors by name.
 * @module
 */

import {
  api,
  type DType,
  fromNested,
  json,
  runner,
  type Service,
  ServiceError,
  service,
  type Tensor,
  toNested,
} from "../index.ts";
import type { TensorSpec } from "../onnx/index.ts";
import model, { type ModelDescription } from "./model.ts";

/**
 * The service of an ONNX model: `POST /predict` with `{"<input>": nested arrays, …}` answers
 * `{"<output>": nested arrays, …}`.
 */
export function modelService(url: URL): Service {
  const name = serviceName(url);
  const pool = runner(model, { name, params: { url: url.href } });
  let description: Promise<ModelDescription> | undefined;
  return service(name, {
    runners: [pool],
    apis: {
      predict: api(
        {
          input: json<unknown>(),
          output: json<Record<string, unknown>>(),
          description: `Run ${name} on its named input tensors`,
        },
        async (body, { signal }) => {
          description ??= pool.describe(undefined);
          // A description that could not be had is asked for again.
          description.catch(() => {
            description = undefined;
          });
          const { inputs } = await description;
          const outputs = await pool.predict(tensorsOf(inputs, body), { signal });
          return Object.fromEntries(
            Object.entries(outputs).map(([output, tensor]) => [output, toNested(tensor)]),
          );
        },
      ),
    },
  });
}

/** The named tensors of a JSON body; which names and shapes must be there, the session checks. */
function tensorsOf(specs: readonly TensorSpec[], body: unknown): Record<string, Tensor> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    const names = specs.map(({ name }) => `"${name}"`).join(", ");
    throw new ServiceError(
      "invalid_argument",
      `The body must be an object with the model's inputs (${names}), each as nested arrays`,
    );
  }
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      const spec = specs.find((each) => each.name === name);
      if (spec !== undefined) return [name, tensorOf(name, value, spec.dtype)];
      const known = specs.map((each) => `"${each.name}"`).join(", ");
      throw new ServiceError(
        "invalid_argument",
        `Unknown input "${name}": the model takes ${known}`,
      );
    }),
  );
}

function tensorOf(name: string, value: unknown, dtype: DType | undefined): Tensor {
  try {
    return fromNested(value, dtype);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new ServiceError(error.code, `Input "${name}": ${error.message}`, { cause: error });
  }
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
