/**
 * BentoML's descriptors: their ids, and the arguments of their constructors in the form of
 * `to_spec()`, of which BentoML's clients make descriptors like ours (BentoML 1.1,
 * `bentoml/_internal/io_descriptors`).
 * @module
 */

import type { Io } from "../io/io.ts";
import type { IoSpec } from "../io/spec.ts";
import type { DType } from "../tensor.ts";

/** The class of each descriptor in BentoML. */
const IDS: Readonly<Record<IoSpec["kind"], string>> = {
  text: "bentoml.io.Text",
  json: "bentoml.io.JSON",
  namedTensors: "bentoml.io.JSON",
  ndarray: "bentoml.io.NumpyNdarray",
  dataframe: "bentoml.io.PandasDataFrame",
  series: "bentoml.io.PandasSeries",
  file: "bentoml.io.File",
  image: "bentoml.io.Image",
  multipart: "bentoml.io.Multipart",
};

/** A descriptor as plain JSON, as `to_spec()` returns it. */
export interface BentomlSpec {
  readonly id: string;
  readonly args?: object;
}

/** Returns the id of a descriptor; the kind of one that BentoML does not have. */
export function idOf({ kind, spec }: Io<unknown, never>): string {
  return spec === undefined ? kind : IDS[spec.kind];
}

/** Returns the spec of a descriptor; without arguments for one that BentoML does not have. */
export function specOf(io: Io<unknown, never>): BentomlSpec {
  const args = io.spec && argumentsOf(io.spec);
  return { id: idOf(io), ...(args === undefined ? {} : { args }) };
}

/** Returns true for a descriptor that BentoML's clients can make of its spec. */
export function isKnownToBentoml({ spec }: Io<unknown, never>): boolean {
  if (spec?.kind !== "multipart") return spec !== undefined;
  return Object.values(spec.fields).every(isKnownToBentoml);
}

function argumentsOf(spec: IoSpec): object | undefined {
  switch (spec.kind) {
    case "text":
      return undefined;
    case "json":
      // A schema takes the place of BentoML's pydantic model: clients learn that there is one.
      return { has_pydantic_model: spec.schema !== undefined, has_json_encoder: false };
    case "namedTensors":
      return { has_pydantic_model: false, has_json_encoder: false };
    case "ndarray":
    case "series":
      return {
        ...(spec.kind === "series" ? { orient: spec.orient } : {}),
        dtype: spec.dtype === undefined ? null : numpyName(spec.dtype),
        shape: spec.shape ?? null,
        enforce_dtype: spec.enforceDtype,
        enforce_shape: spec.enforceShape,
      };
    case "dataframe":
      return {
        orient: spec.orient,
        columns: spec.columns ?? null,
        dtype: spec.dtype ?? null,
        shape: null,
        enforce_dtype: spec.enforceDtype,
        enforce_shape: false,
        default_format: spec.defaultFormat,
      };
    case "file":
      return { kind: "binaryio", mime_type: spec.mimeType ?? null };
    case "image":
      return {
        pilmode: spec.mode,
        mime_type: spec.mimeType,
        allowed_mime_types: spec.allowedMimeTypes,
      };
    case "multipart":
      return Object.fromEntries(
        Object.entries(spec.fields).map(([name, io]) => [name, specOf(io)]),
      );
  }
}

function numpyName(dtype: DType): string {
  return dtype === "string" ? "str" : dtype;
}
