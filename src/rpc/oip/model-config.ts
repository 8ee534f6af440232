/**
 * `ModelConfig`: the configuration of a model.
 * @module
 */

import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  DataType,
  type ModelConfigSchema,
  ModelInput_Format,
  type ModelInputSchema,
} from "../../gen/inference/model_config_pb.ts";
import type { ConfigTensor, ModelConfig } from "../../oip/metadata.ts";

type Message = MessageInitShape<typeof ModelConfigSchema>;

/** Returns the message of a configuration. */
export function configMessage(config: ModelConfig): Message {
  const { name, platform, backend, maxBatchSize, inputs, outputs } = config;
  const { versions, dynamicBatching, parameters } = config;
  return {
    name,
    platform,
    backend,
    maxBatchSize,
    input: inputs.map((each) => ({ ...tensorMessage(each), format: formatOf(each.format) })),
    output: outputs.map(tensorMessage),
    ...(versions !== undefined && {
      versionPolicy: {
        policyChoice: { case: "specific", value: { versions: versions.map(BigInt) } },
      },
    }),
    ...(dynamicBatching !== undefined && {
      schedulingChoice: {
        case: "dynamicBatching",
        value: {
          priorityLevels: BigInt(dynamicBatching.priorityLevels),
          defaultPriorityLevel: BigInt(dynamicBatching.defaultPriorityLevel),
        },
      },
    }),
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([key, stringValue]) => [key, { stringValue }]),
    ),
  };
}

function tensorMessage({
  name,
  dataType,
  dims,
}: ConfigTensor): Pick<MessageInitShape<typeof ModelInputSchema>, "name" | "dataType" | "dims"> {
  return { name, dataType: typeOf(dataType), dims: dims.map(BigInt) };
}

function formatOf(name: string | undefined): ModelInput_Format {
  if (name === "FORMAT_NCHW") return ModelInput_Format.NCHW;
  return name === "FORMAT_NHWC" ? ModelInput_Format.NHWC : ModelInput_Format.NONE;
}

/** Returns the value of the enum by its name. */
function typeOf(name: string): DataType {
  return Object.hasOwn(DataType, name)
    ? DataType[name as keyof typeof DataType]
    : DataType.TYPE_INVALID;
}
