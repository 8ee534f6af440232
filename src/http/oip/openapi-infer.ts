/**
 * The bodies of inferences by the Open Inference Protocol, in the OpenAPI document.
 * @module
 */

import { type TensorMetadata, tensorMetadata } from "../../oip/datatypes.ts";
import { type JsonSchema, ofTypes } from "../../schema/json-schema.ts";
import type { DeclaredModel, Models } from "../../service/models.ts";
import type { DocumentPlace } from "../openapi/api-operation.ts";

/** Returns the models whose tensors are known now: those that are loaded, or declared. */
export function knownModels(models: Models): readonly DeclaredModel[] {
  const names = new Set([...models.names, ...(models.declared?.keys() ?? [])]);
  return [...names].flatMap((name) => {
    try {
      return [models.find(name)];
    } catch {
      return models.declared?.get(name) ?? []; // it has not been loaded yet
    }
  });
}

const PARAMETERS: JsonSchema = {
  type: "object",
  additionalProperties: ofTypes("boolean", "number", "string"),
};

/** The elements of a tensor, flat or nested. */
const DATA: JsonSchema = { type: "array", items: {} };

/** Returns the schema of a tensor; of any without its metadata. */
function tensorSchema(known: TensorMetadata | undefined, side: "input" | "output"): JsonSchema {
  const shape: JsonSchema = { type: "array", items: { type: "integer", minimum: 0 } };
  return {
    type: "object",
    properties: {
      name: known === undefined ? { type: "string" } : { const: known.name },
      datatype: known === undefined ? { type: "string" } : { const: known.datatype },
      shape: known === undefined ? shape : { ...shape, description: shapeText(known) },
      parameters: PARAMETERS,
      data: DATA,
    },
    required: side === "input" ? ["name", "datatype", "shape", "data"] : ["name"],
  };
}

function shapeText({ shape }: TensorMetadata): string {
  return `${JSON.stringify(shape)}, where -1 is any length`;
}

function tensorsSchema(known: DeclaredModel | undefined, side: "input" | "output"): JsonSchema {
  const specs = side === "input" ? known?.inputs : known?.outputs;
  if (specs === undefined || specs.length === 0) {
    return { type: "array", items: tensorSchema(undefined, side) };
  }
  const items = specs.map((spec) => tensorSchema(tensorMetadata(spec), side));
  return { type: "array", items: items.length === 1 ? (items[0] ?? {}) : { anyOf: items } };
}

const BINARY: JsonSchema = {
  type: "string",
  format: "binary",
  description:
    "JSON of the length that Inference-Header-Content-Length says, and tensors behind it",
};

/** Returns the body of a request. @param known undefined for any model */
export function inferBody(known: DeclaredModel | undefined, { components }: DocumentPlace): object {
  const outputs = components.schema("RequestedOutput", {
    type: "object",
    properties: { name: { type: "string" }, parameters: PARAMETERS },
    required: ["name"],
  });
  const schema: JsonSchema = {
    type: "object",
    properties: {
      id: { type: "string" },
      parameters: PARAMETERS,
      inputs: tensorsSchema(known, "input"),
      outputs: { type: "array", items: outputs },
    },
    required: ["inputs"],
  };
  return {
    required: true,
    content: { "application/json": { schema }, "application/octet-stream": { schema: BINARY } },
  };
}

/** Returns the answer. @param known undefined for any model */
export function inferAnswer(
  known: DeclaredModel | undefined,
  { components, access }: DocumentPlace,
): object {
  const { headers } = access.ofCall();
  const schema: JsonSchema = {
    type: "object",
    properties: {
      model_name: { type: "string" },
      model_version: { type: "string" },
      id: { type: "string" },
      parameters: PARAMETERS,
      outputs: tensorsSchema(known, "output"),
    },
    required: ["model_name", "outputs"],
  };
  return {
    description: "The outputs",
    headers: components.headers("X-Request-Id", "Ekiben-Model", "Ekiben-Explain", ...headers),
    content: { "application/json": { schema }, "application/octet-stream": { schema: BINARY } },
  };
}
