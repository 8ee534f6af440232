/**
 * BentoML's gRPC services: `bentoml.grpc.v1.BentoService`, which its clients call since 1.0.11, and
 * `bentoml.grpc.v1alpha1.BentoService` before.
 * @module
 */

import type { ServiceImpl } from "@connectrpc/connect";
import { fromAlpha, toAlpha } from "../bentoml/content/v1alpha1.ts";
import { metadataOf } from "../bentoml/metadata.ts";
import type { BentoService } from "../gen/bentoml/grpc/v1/service_pb.ts";
import type { BentoService as AlphaService } from "../gen/bentoml/grpc/v1alpha1/service_pb.ts";
import { callApi } from "./call-api.ts";
import type { RpcServer } from "./rpc-server.ts";

/** Implements the service of v1. */
export function bentoV1(server: RpcServer): ServiceImpl<typeof BentoService> {
  const metadata = metadataOf(server.service);
  return {
    async call({ apiName, content }, handler) {
      return { content: await callApi(server, { apiName, content: () => content }, handler) };
    },
    serviceMetadata: () => metadata,
  };
}

/** Implements the service of v1alpha1. */
export function bentoV1alpha1(server: RpcServer): ServiceImpl<typeof AlphaService> {
  return {
    async call({ apiName, content }, handler) {
      const answer = await callApi(server, { apiName, content: () => fromAlpha(content) }, handler);
      return { content: toAlpha(answer) };
    },
  };
}
