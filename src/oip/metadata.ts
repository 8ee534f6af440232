/**
 * The metadata of the server and of its models, the same for HTTP and for gRPC.
 * @module
 */

import type { ModelMetadata, Models } from "../service/models.ts";
import type { TensorSpec } from "../tensor.ts";
import { type TensorMetadata, tensorMetadata } from "./datatypes.ts";
import { PRIORITY_LEVELS } from "./schedule.ts";

/** The metadata of the server. */
export interface ServerMetadata {
  readonly name: string;
  readonly version: string;
  /** The extensions of the protocol that work here, by Triton's names. */
  readonly extensions: readonly string[];
}

/** The extensions that work for all models. */
const EXTENSIONS: readonly string[] = [
  "binary_tensor_data",
  "classification",
  "model_configuration",
  "parameters",
  "schedule_policy",
  "statistics",
];

/**
 * Returns the metadata of the server.
 *
 * @param models undefined for a service without models
 */
export function serverMetadata(
  name: string,
  version: string,
  models: Pick<Models, "control"> | undefined,
): ServerMetadata {
  const control = models?.control === undefined ? [] : ["model_repository"];
  return { name, version, extensions: [...EXTENSIONS, ...control].sort() };
}

/** The metadata of a model, as its body over HTTP has them. */
export interface ModelMetadataBody {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
  /** Further facts as texts; the `digest` among them, if there is one. */
  readonly properties: Readonly<Record<string, string>>;
}

/**
 * Returns the metadata of a version of a model.
 *
 * @param versions the versions that are served, or the only one that was asked for
 */
export function modelMetadata(
  { name, platform, inputs, outputs, digest, properties }: ModelMetadata,
  versions: readonly string[],
): ModelMetadataBody {
  return {
    name,
    versions,
    platform,
    inputs: inputs.map(tensorMetadata),
    outputs: outputs.map(tensorMetadata),
    properties: digest === undefined ? properties : { ...properties, digest },
  };
}

/** A tensor in the configuration of a model. */
export interface ConfigTensor {
  readonly name: string;
  /** For example `TYPE_FP32`; `TYPE_STRING` for BYTES. */
  readonly dataType: string;
  /** The length of each axis, -1 where it is open; without the batch, if calls are batched. */
  readonly dims: readonly number[];
  /** What the axes mean, such as `FORMAT_NCHW`; undefined for outputs, and if nobody says. */
  readonly format?: string | undefined;
}

/** The configuration of a model, in Triton's terms. */
export interface ModelConfig {
  readonly name: string;
  readonly platform: string;
  /** Empty for a model of code. */
  readonly backend: string;
  /** The most rows on the first axis of all inputs and outputs; 0 if that is no axis of rows. */
  readonly maxBatchSize: number;
  readonly inputs: readonly ConfigTensor[];
  readonly outputs: readonly ConfigTensor[];
  /** The versions that are served, if they are numbers. */
  readonly versions: readonly number[] | undefined;
  /** The batching of calls; undefined if they are not batched. */
  readonly dynamicBatching:
    | { readonly priorityLevels: number; readonly defaultPriorityLevel: number }
    | undefined;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Returns the configuration of a version of a model. @param versions those that are served */
export function modelConfig(model: ModelMetadata, versions: readonly string[]): ModelConfig {
  const { name, platform, digest, properties, rowAxes } = model;
  const axes = [
    ...model.inputs.map((spec) => rowAxes?.input[spec.name]),
    ...model.outputs.map((spec) => rowAxes?.output[spec.name]),
  ];
  const joined = axes.every((axis) => axis === 0) ? model.maxBatchSize : 0;
  const maxBatchSize = joined > 0 ? joined : (model.maxCallRows ?? 0);
  const tensorOf = (spec: TensorSpec): ConfigTensor => {
    const { datatype, shape } = tensorMetadata(spec);
    return {
      name: spec.name,
      dataType: `TYPE_${datatype === "BYTES" ? "STRING" : datatype}`,
      dims: maxBatchSize > 0 ? shape.slice(1) : shape,
    };
  };
  const areNumbers = versions.every((version) => /^\d{1,15}$/.test(version));
  return {
    name,
    platform,
    backend: platform === "onnxruntime_onnx" ? "onnxruntime" : "",
    maxBatchSize,
    inputs: model.inputs.map((spec) => ({ ...tensorOf(spec), format: model.formats?.[spec.name] })),
    outputs: model.outputs.map(tensorOf),
    versions: areNumbers ? versions.map(Number) : undefined,
    dynamicBatching:
      joined > 0 ? { priorityLevels: PRIORITY_LEVELS, defaultPriorityLevel: 1 } : undefined,
    parameters: digest === undefined ? properties : { ...properties, digest },
  };
}

/** Returns the body of a model's configuration over HTTP, by the field names of Triton. */
export function modelConfigBody(config: ModelConfig): Readonly<Record<string, unknown>> {
  const { dynamicBatching, versions, parameters } = config;
  const tensorBody = ({ name, dataType, dims, format }: ConfigTensor) => ({
    ...{ name, data_type: dataType, dims },
    ...(format === undefined ? {} : { format }),
  });
  return {
    name: config.name,
    platform: config.platform,
    backend: config.backend,
    ...(versions === undefined ? {} : { version_policy: { specific: { versions } } }),
    max_batch_size: config.maxBatchSize,
    input: config.inputs.map(tensorBody),
    output: config.outputs.map(tensorBody),
    ...(dynamicBatching === undefined
      ? {}
      : {
          dynamic_batching: {
            priority_levels: dynamicBatching.priorityLevels,
            default_priority_level: dynamicBatching.defaultPriorityLevel,
          },
        }),
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([key, text]) => [key, { string_value: text }]),
    ),
  };
}
