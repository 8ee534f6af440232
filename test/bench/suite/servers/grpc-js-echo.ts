/**
 * BentoService.Call as an echo of text, by bare grpc-js and its own loader of .proto files.
 * Argument: the port.
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

interface Message {
  readonly text: { readonly value: string };
}

const root = fileURLToPath(new URL("../../../../proto/", import.meta.url));
const definition = loadSync("bentoml/grpc/v1/service.proto", {
  includeDirs: [root],
  keepCase: true,
  oneofs: true,
});
const service = definition["bentoml.grpc.v1.BentoService"] as grpc.ServiceDefinition;

const server = new grpc.Server();
server.addService(service, {
  Call: ({ request }: { request: Message }, done: grpc.sendUnaryData<Message>) =>
    done(null, { text: request.text }),
});
const address = `127.0.0.1:${process.argv[2]}`;
server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
});
