/**
 * The cost of a unary gRPC call of 3 KB for the server, of an API and of a service alone, against a
 * bare @grpc/grpc-js server, on the runtime that runs this: `bun test/bench/grpc.ts`, likewise with
 * `node` and `deno run -A --unstable-no-legacy-abort`.
 *
 * Each server is a process of its own, under the same load, one after the other, in turns. It
 * prints the median of the processor time of a call, user and system, and its ratio to grpc-js's.
 *
 * Arguments: calls a round (4,000), rounds (9).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type BytesValue, BytesValueSchema } from "@bufbuild/protobuf/wkt";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import grpc from "@grpc/grpc-js";
import { RequestSchema } from "../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { api, file, service } from "../../src/index.ts";
import { rpcRoutes } from "../../src/rpc/routes.ts";
import { openGrpcServer } from "../../src/runtime/http2/grpc-server.ts";
import { Echo } from "../runtime/http2/echo-service.ts";
import { quantile } from "./open-loop.ts";

const SERVERS = ["API", "short path", "universal", "grpc-js"] as const;
const PATH = "/echo.Echo/Unary";
const API_PATH = "/bentoml.grpc.v1.BentoService/Call";
const CONNECTIONS = 4;
const CONCURRENCY = 64;

/** Serves on a free port. */
async function open(server: string): Promise<number> {
  if (server === "API") {
    const echo = api({ input: file(), output: file() }, (given) => given);
    const routes = rpcRoutes(service("bench", { apis: { echo } }));
    return (await openGrpcServer(routes, { host: "127.0.0.1", port: 0 })).port;
  }
  if (server !== "grpc-js") {
    const { port } = await openGrpcServer(
      (router) => router.service(Echo, { unary: ({ value }) => ({ value }) }),
      { host: "127.0.0.1", port: 0, shortPath: server === "short path" },
    );
    return port;
  }
  const bare = new grpc.Server();
  const encode = (message: BytesValue): Buffer => Buffer.from(toBinary(BytesValueSchema, message));
  const decode = (bytes: Buffer): BytesValue => fromBinary(BytesValueSchema, bytes);
  const method = {
    path: PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: encode,
    requestDeserialize: decode,
    responseSerialize: encode,
    responseDeserialize: decode,
  } as const;
  bare.addService(
    { unary: method },
    {
      unary: (
        call: grpc.ServerUnaryCall<BytesValue, BytesValue>,
        done: grpc.sendUnaryData<BytesValue>,
      ) => done(null, call.request),
    },
  );
  const credentials = grpc.ServerCredentials.createInsecure();
  return await new Promise((resolve, reject) =>
    bare.bindAsync("127.0.0.1:0", credentials, (error, port) =>
      error === null ? resolve(port) : reject(error),
    ),
  );
}

/** The process of a server: prints its port, then its processor time for each line of input. */
async function serve(server: string): Promise<void> {
  console.log(await open(server));
  process.stdin.on("data", () => {
    const { user, system } = process.cpuUsage();
    console.log(user + system);
  });
  process.stdin.on("end", () => process.exit());
}

class Target {
  readonly costsUs: number[] = [];
  readonly #child;
  readonly #lines;
  readonly #sessions: ClientHttp2Session[] = [];

  readonly #isApi: boolean;

  constructor(server: string) {
    this.#isApi = server === "API";
    const deno = ["run", "-A", "--quiet", "--no-lock", "--node-modules-dir=manual"];
    const flags = "deno" in process.versions ? [...deno, "--unstable-no-legacy-abort"] : [];
    const file = fileURLToPath(import.meta.url);
    this.#child = spawn(process.execPath, [...flags, file, "serve", server], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async #number(): Promise<number> {
    return Number((await this.#lines.next()).value);
  }

  async connect(): Promise<void> {
    const port = await this.#number();
    for (let at = 0; at < CONNECTIONS; at++) {
      this.#sessions.push(connect(`http://127.0.0.1:${port}`));
    }
  }

  async cpuUs(): Promise<number> {
    this.#child.stdin.write("?");
    return await this.#number();
  }

  /** Makes a number of calls, and records the server's processor time per call, in microseconds. */
  async load(calls: number): Promise<number> {
    const before = await this.cpuUs();
    let left = calls;
    const caller = async (session: ClientHttp2Session): Promise<void> => {
      while (left-- > 0) await call(session, this.#isApi);
    };
    await Promise.all(
      Array.from({ length: CONCURRENCY }, (_, at) =>
        caller(this.#sessions[at % CONNECTIONS] as ClientHttp2Session),
      ),
    );
    return ((await this.cpuUs()) - before) / calls;
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    this.#child.stdin.end();
    await once(this.#child, "exit");
  }
}

const message = toBinary(BytesValueSchema, {
  $typeName: "google.protobuf.BytesValue",
  value: new Uint8Array(3000).fill(7),
});
const frame = encodeEnvelope(0, message);
const apiFrame = encodeEnvelope(
  0,
  toBinary(
    RequestSchema,
    create(RequestSchema, {
      apiName: "echo",
      content: { case: "serializedBytes", value: new Uint8Array(3000).fill(7) },
    }),
  ),
);

/** Makes one call and checks its answer, over bare HTTP/2, so that the load itself costs little. */
function call(session: ClientHttp2Session, isApi: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/grpc", te: "trailers", "grpc-timeout": "10S" };
    const stream = session.request({
      ":method": "POST",
      ":path": isApi ? API_PATH : PATH,
      ...headers,
    });
    let [length, status] = [0, ""];
    stream.on("data", (chunk: Buffer) => {
      length += chunk.length;
    });
    stream.on("trailers", (trailers) => {
      status = String(trailers["grpc-status"]);
    });
    stream.on("error", reject);
    stream.on("close", () => {
      // An API's answer is a file, with its type.
      if (status === "0" && length >= frame.length) resolve();
      else reject(new Error(`status ${status}, ${length} bytes`));
    });
    stream.end(isApi ? apiFrame : frame);
  });
}

async function compare(calls: number, rounds: number): Promise<void> {
  const targets = SERVERS.map((server) => [server, new Target(server)] as const);
  for (const [, target] of targets) {
    await target.connect();
    await target.load(calls); // compiles the code
  }
  for (let round = 0; round < rounds; round++) {
    for (const [, target] of round % 2 === 0 ? targets : targets.toReversed()) {
      target.costsUs.push(await target.load(calls));
    }
  }
  const medians = targets.map(([, { costsUs }]) => quantile(0.5, costsUs));
  const bare = medians.at(-1) ?? Number.NaN;
  console.log(`${calls} calls of 3 KB, ${rounds} rounds: processor time of a call, median`);
  for (const [at, [server, target]] of targets.entries()) {
    const us = medians[at] ?? Number.NaN;
    console.log(
      `${server.padEnd(12)} ${us.toFixed(1).padStart(7)} µs  ${(us / bare).toFixed(2)} x`,
    );
    await target.close();
  }
}

const [, , command, argument] = process.argv;
if (command === "serve") await serve(argument ?? "");
else await compare(Number(command ?? 4000), Number(argument ?? 9));
