/**
 * `bentoml.grpc.v1.BentoService`: what BentoML's clients call since 1.0.11.
 * @module
 */

import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { isKnownToBentoml, specOf } from "../bentoml/descriptors.ts";
import type {
  BentoService,
  ServiceMetadataResponse_DescriptorMetadataSchema,
  ServiceMetadataResponseSchema,
} from "../gen/bentoml/grpc/v1/service_pb.ts";
import type { Io } from "../io/io.ts";
import type { Service } from "../service/service.ts";
import { callApi } from "./call-api.ts";
import type { RpcServer } from "./rpc-server.ts";

/** The implementation. */
export function bentoV1(server: RpcServer): ServiceImpl<typeof BentoService> {
  const metadata = metadataOf(server.service);
  return {
    async call({ apiName, content }, handler) {
      return { content: await callApi(server, { apiName, content: () => content }, handler) };
    },
    serviceMetadata: () => metadata,
  };
}

/**
 * Clients make descriptors like ours of it: see `specOf()`. An API with one of the user's own is
 * left out: BentoML's client would fail at it, and so at the whole service.
 */
function metadataOf({
  name,
  apis,
}: Service): MessageInitShape<typeof ServiceMetadataResponseSchema> {
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
