/**
 * The JSON object of an inference request: its structure, without the data of its tensors.
 * @module
 */

import type { IoHost } from "../io/io.ts";
import { setOwn } from "../io/json/reader.ts";
import { jsonShape } from "../io/json/shape.ts";
import { JsonSpan } from "../io/json/span.ts";
import { readJson } from "../io/json/text.ts";
import type { Parameters, ParameterValue, RequestedOutput } from "./messages.ts";

/** An input of the JSON object. */
export interface JsonInput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly (number | bigint)[];
  readonly parameters: Parameters;
  /** The place of its data in the text; undefined if it has none there. */
  readonly data: JsonSpan | undefined;
}

/** The JSON object. */
export interface JsonRequest {
  readonly id: string | undefined;
  readonly parameters: Parameters;
  readonly inputs: readonly JsonInput[];
  /** Undefined if it names none: all are wanted. */
  readonly outputs: readonly RequestedOutput[] | undefined;
}

type Path = readonly PropertyKey[];
type JsonObject = Readonly<Record<string, unknown>>;

const shape = jsonShape("an inference request");

/** The most arrays, objects and keys, those of the data apart: some tens for each tensor. */
const MAX_PARTS = 100_000;

const READING = {
  bigIntegers: "bigint",
  maxParts: MAX_PARTS,
  isSpan: (path: readonly string[]) =>
    path.length === 3 && path[0] === "inputs" && path[2] === "data",
} as const;

/**
 * Reads the JSON object of a request: a small one at once, a large one in turns with other work.
 * Keys that nobody knows are ignored; of a key that is there twice, the last value counts, as by
 * `JSON.parse`.
 *
 * @throws ServiceError `invalid_argument` for invalid JSON, and for a part of another kind than the
 *   protocol has there, with its path
 */
export function readRequestJson(
  bytes: Uint8Array,
  host?: IoHost,
): JsonRequest | Promise<JsonRequest> {
  const value = readJson(bytes, READING, host);
  return value instanceof Promise ? value.then(requestOf) : requestOf(value);
}

function requestOf(value: unknown): JsonRequest {
  const { id, parameters, inputs, outputs } = shape.object(value, []);
  return {
    id: idOf(id),
    parameters: parametersOf(parameters, ["parameters"]),
    inputs: shape
      .array(inputs, ["inputs"])
      .map((input, at) => inputOf(shape.object(input, ["inputs", at]), ["inputs", at])),
    outputs: outputsOf(outputs),
  };
}

/** Some clients send numbers; they get them back as strings. */
function idOf(id: unknown): string | undefined {
  if (id === undefined || id === null) return undefined;
  if (typeof id === "string") return id;
  if (typeof id === "number" || typeof id === "bigint") return String(id);
  throw shape.misfit(id, ["id"], "a string");
}

function inputOf(input: JsonObject, path: Path): JsonInput {
  const { data } = input;
  if (data !== undefined && data !== null && !(data instanceof JsonSpan)) {
    throw shape.misfit(data, [...path, "data"], "an array");
  }
  return {
    name: textOf(input["name"], [...path, "name"]),
    datatype: textOf(input["datatype"], [...path, "datatype"]),
    shape: lengthsOf(input["shape"], [...path, "shape"]),
    parameters: parametersOf(input["parameters"], [...path, "parameters"]),
    data: data ?? undefined,
  };
}

function outputsOf(value: unknown): readonly RequestedOutput[] | undefined {
  if (value === undefined || value === null) return undefined;
  const outputs = shape.array(value, ["outputs"]).map((each, at): RequestedOutput => {
    const path = ["outputs", at];
    const output = shape.object(each, path);
    return {
      name: textOf(output["name"], [...path, "name"]),
      parameters: parametersOf(output["parameters"], [...path, "parameters"]),
    };
  });
  return outputs.length === 0 ? undefined : outputs;
}

function textOf(value: unknown, path: Path): string {
  if (typeof value === "string") return value;
  throw shape.misfit(value, path, "a string");
}

function lengthsOf(value: unknown, path: Path): readonly (number | bigint)[] {
  const lengths = shape.array(value, path);
  const bad = lengths.findIndex((each) => typeof each !== "number" && typeof each !== "bigint");
  if (bad === -1) return lengths as readonly (number | bigint)[];
  throw shape.misfit(lengths[bad], [...path, bad], "a whole number from 0 up");
}

/** MLServer's clients also send objects and null, which no parameter here has as a value. */
function parametersOf(value: unknown, path: Path): Parameters {
  const known: Record<string, ParameterValue> = {};
  if (value === undefined || value === null) return known;
  for (const [name, each] of Object.entries(shape.object(value, path))) {
    if (isParameterValue(each)) setOwn(known, name, each);
  }
  return known;
}

function isParameterValue(value: unknown): value is ParameterValue {
  return ["boolean", "number", "bigint", "string"].includes(typeof value);
}
