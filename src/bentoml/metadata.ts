/**
 * The answer of `bentoml.grpc.v1.BentoService/ServiceMetadata`, of which BentoML's clients make
 * descriptors and methods.
 * @module
 */

import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";
import type {
  ServiceMetadataResponse_DescriptorMetadataSchema,
  ServiceMetadataResponseSchema,
} from "../gen/bentoml/grpc/v1/service_pb.ts";
import type { Io } from "../io/io.ts";
import { isKnownToBentoml, specOf } from "./descriptors.ts";

/** The part of a service that the metadata show. */
interface Described {
  readonly name: string;
  readonly apis: Readonly<Record<string, DescribedApi>>;
}

interface DescribedApi {
  readonly input: Io<unknown, never>;
  readonly output: Io<unknown, never>;
  readonly description?: string;
}

/**
 * Returns the metadata of a service. An API with a descriptor of the user's own is left out:
 * BentoML's client would fail at it, and with it at the whole service.
 */
export function metadataOf({
  name,
  apis,
}: Described): MessageInitShape<typeof ServiceMetadataResponseSchema> {
  return {
    name,
    apis: Object.entries(apis)
      .filter(([, { input, output }]) => isKnownToBentoml(input) && isKnownToBentoml(output))
      .map(([apiName, { input, output, description }]) => ({
        name: apiName,
        input: descriptorOf(input),
        output: descriptorOf(output),
        ...(description === undefined ? {} : { docs: description }),
      })),
  };
}

function descriptorOf(
  io: Io<unknown, never>,
): MessageInitShape<typeof ServiceMetadataResponse_DescriptorMetadataSchema> {
  const { id, args } = specOf(io);
  if (args === undefined) return { descriptorId: id };
  return { descriptorId: id, attributes: { args: args as JsonObject } };
}
