/**
 * `ekiben.v1.Inference`: calls whose handlers yield streams.
 * @module
 */

import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { RequestSchema } from "../gen/bentoml/grpc/v1/service_pb.ts";
import type { Inference } from "../gen/ekiben/v1/inference_pb.ts";
import { streamApi } from "./call-api.ts";
import type { RpcServer } from "./rpc-server.ts";

/** Returns the implementation. */
export function inference(server: RpcServer): ServiceImpl<typeof Inference> {
  return {
    async *callStream({ request = create(RequestSchema) }, handler) {
      const { apiName, content } = request;
      const answers = streamApi(server, { apiName, content: () => content }, handler);
      for await (const answer of answers) yield { response: { content: answer } };
    },
  };
}
