import { callApi } from "../../src/rpc/call-api.ts";
import { rpcServer } from "../../src/rpc/rpc-server.ts";
import { service } from "../../src/service/service.ts";
import { api } from "../../src/service/api.ts";
import { file } from "../../src/io/file.ts";
import { create } from "@bufbuild/protobuf";
import { createHandlerContext } from "@connectrpc/connect";
import { BentoService, RequestSchema } from "../../src/rpc/gen/bentoml/grpc/v1/service_pb.ts";
const echo = service("x", { apis: { echo: api({ input: file(), output: file() }, (b) => b) } });
const server = rpcServer(echo, {});
const req = create(RequestSchema, { apiName: "echo", content: { case: "serializedBytes", value: new Uint8Array(3000).fill(7) } });
const sig = new AbortController().signal;
const reason = new Error("x");
const ctx = () => createHandlerContext({ service: BentoService, method: BentoService.method.call, protocolName: "grpc", requestMethod: "POST", url: "http://x", requestSignal: sig, requestHeader: {} });
for (let i = 0; i < 200000; i++) { const c = ctx(); await callApi(server, { apiName: "echo", content: () => req.content }, c); c.abort(reason); }
process.exit(0);
