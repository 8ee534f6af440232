/**
 * BentoService.Call as an echo of JSON, by bare grpc-js: its messages are turned into values and
 * back, as a handler would need them. Argument: the port.
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

/** google.protobuf.Value, as the loader makes it: one of the fields. */
interface Value {
  readonly nullValue?: number;
  readonly numberValue?: number;
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly structValue?: { readonly fields: Readonly<Record<string, Value>> };
  readonly listValue?: { readonly values: readonly Value[] };
}

function plain(message: Value): unknown {
  if (message.structValue) {
    const value: Record<string, unknown> = {};
    const { fields } = message.structValue;
    for (const key of Object.keys(fields)) value[key] = plain(fields[key] ?? {});
    return value;
  }
  if (message.listValue) return message.listValue.values.map(plain);
  return message.stringValue ?? message.numberValue ?? message.boolValue ?? null;
}

function messageOf(value: unknown): Value {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return { numberValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value !== "object" || value === null) return { nullValue: 0 };
  if (Array.isArray(value)) return { listValue: { values: value.map(messageOf) } };
  const fields: Record<string, Value> = {};
  for (const [key, each] of Object.entries(value)) fields[key] = messageOf(each);
  return { structValue: { fields } };
}

interface Message {
  readonly json: Value;
}

const root = fileURLToPath(new URL("../../../../proto/", import.meta.url));
const definition = loadSync("bentoml/grpc/v1/service.proto", { includeDirs: [root] });
const service = definition["bentoml.grpc.v1.BentoService"] as grpc.ServiceDefinition;

const server = new grpc.Server();
server.addService(service, {
  Call: ({ request }: { request: Message }, done: grpc.sendUnaryData<Message>) =>
    done(null, { json: messageOf(plain(request.json)) }),
});
const address = `127.0.0.1:${process.argv[2]}`;
server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
});
