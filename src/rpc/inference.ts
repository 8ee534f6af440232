/**
 * `ekiben.v1.Inference`: calls of APIs that keep their answers, and of those that yield streams.
 * @module
 */

import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { ServiceError } from "../error.ts";
import { RequestSchema } from "../gen/bentoml/grpc/v1/service_pb.ts";
import { Inference } from "../gen/ekiben/v1/inference_pb.ts";
import { excerpt } from "../io/wording.ts";
import { callApi, streamApi } from "./call-api.ts";
import type { RpcServer } from "./rpc-server.ts";

/** Returns the implementation. */
export function inference(server: RpcServer): ServiceImpl<typeof Inference> {
  return {
    async get({ apiName, content }, handler) {
      const given = (): typeof content => {
        requireCache(server, apiName);
        return content;
      };
      return { content: await callApi(server, { apiName, content: given }, handler) };
    },
    async *callStream({ request = create(RequestSchema) }, handler) {
      const { apiName, content } = request;
      const answers = streamApi(server, { apiName, content: () => content }, handler);
      for await (const answer of answers) yield { response: { content: answer } };
    },
  };
}

/** @throws ServiceError `unimplemented` for an API that may have side effects */
function requireCache({ service }: RpcServer, apiName: string): void {
  if (service.apis[apiName]?.cache !== undefined) return;
  const text = `The API "${excerpt(apiName)}" may have side effects`;
  throw new ServiceError(
    "unimplemented",
    `${text}: only APIs with the option cache are called by ${Inference.typeName}/Get`,
  );
}
