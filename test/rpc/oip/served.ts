/** The Open Inference Protocol on a free port of this process, with a client of each protocol. */
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { GRPCInferenceService } from "../../../src/gen/inference/grpc_service_pb.ts";
import { rpcFetch } from "../../../src/rpc/fetch.ts";
import { type RpcRoutesOptions, rpcRoutes } from "../../../src/rpc/routes.ts";
import type { Listener } from "../../../src/runtime/listener.ts";
import { type Service, service } from "../../../src/service/service.ts";
import type { Apis, ServiceOptions } from "../../../src/service/service-options.ts";
import { GrpcClient } from "../../runtime/http2/grpc-client.ts";
import { openRoutes } from "../../runtime/http2/open-routes.ts";
import { PROTOCOLS, transportTo } from "../fixture.ts";
import { EchoModels } from "./echo-models.ts";

/** By which ways calls are made: gRPC by both paths of the server, and the other protocols. */
export const WAYS = ["gRPC", "gRPC by universal handlers", ...PROTOCOLS] as const;
export type Way = (typeof WAYS)[number];

/** What came back. */
export interface Answer<O extends DescMessage> {
  /** `ok`, or the name of a code of Connect. */
  readonly code: string;
  /** The message of an error. */
  readonly text: string;
  /** The answer; an empty one after an error. */
  readonly message: MessageShape<O>;
}

/** How a call is made. */
export interface CallSettings {
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A server, until it is disposed of. */
export class Served implements AsyncDisposable {
  readonly service: Service;
  readonly models: EchoModels;
  readonly listener: Listener;
  readonly client: GrpcClient;
  readonly #transports: ReadonlyMap<Way, ReturnType<typeof transportTo>>;
  readonly #universal: Listener;
  readonly #universalClient: GrpcClient;

  private constructor(
    made: Service,
    models: EchoModels,
    options: RpcRoutesOptions,
    [listener, universal]: readonly [Listener, Listener],
  ) {
    this.service = made;
    this.models = models;
    this.listener = listener;
    this.client = new GrpcClient(`127.0.0.1:${listener.port}`);
    this.#universal = universal;
    this.#universalClient = new GrpcClient(`127.0.0.1:${universal.port}`);
    const rpc = rpcFetch(rpcRoutes(made, options));
    this.#transports = new Map(PROTOCOLS.map((each) => [each, transportTo(rpc, each)]));
  }

  static async open(
    own: Partial<ServiceOptions<Apis>> = {},
    options: RpcRoutesOptions = {},
  ): Promise<Served> {
    const models = new EchoModels();
    const made = service("models", { apis: {}, models, ...own });
    models.ready = true;
    const listen = (shortPath: boolean) =>
      openRoutes(rpcRoutes(made, options), { host: "127.0.0.1", port: 0, shortPath });
    return new Served(made, models, options, [await listen(true), await listen(false)]);
  }

  /** Makes a unary call of any method; the code that it ends with. */
  async codeOf(way: Way, method: DescMethod, init: Record<string, unknown> = {}): Promise<string> {
    return (await this.call(way, method as DescMethodUnary, init)).code;
  }

  /** Makes a unary call. */
  async call<I extends DescMessage, O extends DescMessage>(
    way: Way,
    method: DescMethodUnary<I, O>,
    init: MessageInitShape<I>,
    { headers = {}, timeoutMs, signal }: CallSettings = {},
  ): Promise<Answer<O>> {
    const transport = this.#transports.get(way);
    if (transport !== undefined) {
      try {
        const { message } = await transport.unary(method, signal, timeoutMs, headers, init);
        return { code: "ok", text: "", message };
      } catch (error) {
        const { code, rawMessage } = ConnectError.from(error);
        return { code: Code[code], text: rawMessage, message: create(method.output) };
      }
    }
    const client = way === "gRPC" ? this.client : this.#universalClient;
    const deadline = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
    const bytes = Buffer.from(toBinary(method.input, create(method.input, init)));
    const path = `/${GRPCInferenceService.typeName}/${method.name}`;
    const { code, details, messages } = await client.call(path, [bytes], headers, deadline);
    return {
      code: code === 0 ? "ok" : (Code[code] as string),
      text: details,
      message: fromBinary(method.output, messages[0] ?? new Uint8Array()),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    this.#universalClient.close();
    await Promise.all([this.listener.close(0), this.#universal.close(0)]);
  }
}
