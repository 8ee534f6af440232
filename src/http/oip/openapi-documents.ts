/**
 * The schemas of the documents of the Open Inference Protocol, in the OpenAPI document.
 * @module
 */

import type { JsonSchema } from "../../schema/json-schema.ts";

const TEXT: JsonSchema = { type: "string" };
const TEXTS: JsonSchema = { type: "array", items: TEXT };
const BOOLEAN: JsonSchema = { type: "boolean" };
const COUNT: JsonSchema = { type: "integer", minimum: 0 };
const SHAPE: JsonSchema = { type: "array", items: { type: "integer", minimum: -1 } };

/** Returns an object whose members are all there, others than those that are named as optional. */
function object(
  properties: Readonly<Record<string, JsonSchema>>,
  ...optional: readonly string[]
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, ...(required.length === 0 ? {} : { required }) };
}

function list(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

const TENSORS = list(object({ name: TEXT, datatype: TEXT, shape: SHAPE }));
const CONFIG_TENSORS = list(
  object({ name: TEXT, data_type: TEXT, dims: SHAPE, format: TEXT }, "format"),
);
const STATISTICS = object({
  model_stats: list(
    object({
      name: TEXT,
      version: TEXT,
      last_inference: COUNT,
      inference_count: COUNT,
      execution_count: COUNT,
      inference_stats: {
        type: "object",
        additionalProperties: object({ count: COUNT, ns: COUNT }),
      },
      batch_stats: list({ type: "object" }),
    }),
  ),
});
const STATE: JsonSchema = {
  type: "string",
  enum: ["READY", "LOADING", "UNLOADING", "UNAVAILABLE"],
};

/** The documents by the ids of their operations. */
export const DOCUMENTS: Readonly<Record<string, JsonSchema>> = {
  server: object({ name: TEXT, version: TEXT, extensions: TEXTS }),
  server_live: object({ live: BOOLEAN }),
  server_ready: object({ ready: BOOLEAN, live: BOOLEAN }),
  models: object({ models: TEXTS }),
  models_statistics: STATISTICS,
  model: object({
    name: TEXT,
    versions: TEXTS,
    platform: TEXT,
    inputs: TENSORS,
    outputs: TENSORS,
    properties: { type: "object", additionalProperties: TEXT },
  }),
  model_ready: object({ name: TEXT, ready: BOOLEAN }),
  model_config: object({
    name: TEXT,
    platform: TEXT,
    backend: TEXT,
    max_batch_size: COUNT,
    input: CONFIG_TENSORS,
    output: CONFIG_TENSORS,
    parameters: { type: "object" },
  }),
  model_statistics: STATISTICS,
  repository_index: list(
    object({ name: TEXT, version: TEXT, state: STATE, reason: TEXT }, "version"),
  ),
  model_load: object({ name: TEXT, load: BOOLEAN }),
  model_unload: object({ name: TEXT, unload: BOOLEAN }),
};

/** The bodies of the requests that have one. */
export const REQUESTS: Readonly<Record<string, JsonSchema>> = {
  repository_index: object({ ready: BOOLEAN }, "ready"),
  model_load: object(
    {
      parameters: {
        type: "object",
        description: 'Settings by "config", as the text of a JSON object; files by "file:<path>"',
        properties: { config: TEXT },
      },
    },
    "parameters",
  ),
};
