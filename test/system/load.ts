/** Load: calls over HTTP and gRPC, one after the other on each of some lines, and what fails. */
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import grpc from "@grpc/grpc-js";
import { RequestSchema } from "../../src/gen/bentoml/grpc/v1/service_pb.ts";

/** What calls have come to: how many there were, and the failures, each with how often. */
export interface Outcomes {
  calls: number;
  readonly failures: Map<string, number>;
}

/** One call; the reason where it failed. */
export type Send = () => Promise<string | undefined>;

/** The most that a line waits between two calls, in milliseconds. */
const PAUSE_MS = 10;

/** Calls on so many lines until it is aborted, and at least so often. */
export async function load(
  send: Send,
  lines: number,
  { signal, least }: { readonly signal: AbortSignal; readonly least: number },
): Promise<Outcomes> {
  const outcomes: Outcomes = { calls: 0, failures: new Map() };
  const line = async (): Promise<void> => {
    while (!signal.aborted || outcomes.calls < least) {
      outcomes.calls += 1;
      const failure = await send();
      if (failure !== undefined) {
        outcomes.failures.set(failure, (outcomes.failures.get(failure) ?? 0) + 1);
      }
      await delay(Math.random() * PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: lines }, line));
  return outcomes;
}

/** Sends to `/echo` over connections that are kept, and never a second time. */
export function httpSender(port: number): Send {
  const agent = new Agent({ keepAlive: true });
  return () =>
    new Promise((resolve) => {
      const sent = request(
        { agent, host: "127.0.0.1", port, path: "/echo", method: "POST" },
        (response) => {
          response.resume();
          response.on("error", (error) => resolve(String(error)));
          response.on("end", () =>
            resolve(response.statusCode === 200 ? undefined : `status ${response.statusCode}`),
          );
        },
      );
      sent.on("error", (error) => resolve(String(error)));
      sent.end("1");
    });
}

const call = toBinary(
  RequestSchema,
  create(RequestSchema, {
    apiName: "echo",
    content: { case: "json", value: { kind: { case: "numberValue", value: 1 } } },
  }),
);

/** Calls `echo` over some connections, in turns. */
export function grpcSender(port: number, connections = 4): Send & Disposable {
  const same = (bytes: Buffer): Buffer => bytes;
  const clients = Array.from(
    { length: connections },
    () =>
      new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
        "grpc.use_local_subchannel_pool": 1,
        "grpc.enable_retries": 0,
      }),
  );
  let next = 0;
  const send: Send = () =>
    new Promise((resolve) => {
      next += 1;
      clients[next % connections]?.makeUnaryRequest(
        "/bentoml.grpc.v1.BentoService/Call",
        same,
        same,
        Buffer.from(call),
        (error) => resolve(error === null ? undefined : `${error.code} ${error.details}`),
      );
    });
  return Object.assign(send, {
    [Symbol.dispose]: () => {
      for (const client of clients) client.close();
    },
  });
}
