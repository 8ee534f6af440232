/** Every way to send a request to a service, with the request and the answer of each. */
import {
  type DescMessage,
  type DescMethod,
  fromBinary,
  fromJsonString,
  toBinary,
} from "@bufbuild/protobuf";
import {
  type CallOptions,
  type Code,
  ConnectError,
  createClient,
  type Interceptor,
} from "@connectrpc/connect";
import {
  type UniversalClientFn,
  universalClientResponseFromFetch,
} from "@connectrpc/connect/protocol";
import {
  codeToString,
  createTransport as connectTransport,
} from "@connectrpc/connect/protocol-connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { createTransport as grpcWebTransport } from "@connectrpc/connect/protocol-grpc-web";
import { BentoService } from "../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { Inference } from "../../src/gen/ekiben/v1/inference_pb.ts";
import { RetryInfoSchema } from "../../src/gen/google/rpc/error_details_pb.ts";
import { Greeter } from "../rpc/greeter.ts";
import type { GrpcClient } from "../runtime/http2/grpc-client.ts";

/** What came back, in the same words over every protocol. */
export interface Outcome {
  /** `ok`, or the code of an error. */
  readonly code: string;
  readonly message: string;
  readonly values: readonly string[];
  readonly header: Headers;
  /** The trailers; of an error, its metadata. */
  readonly trailer: Headers;
  /** After how long the caller may try again, in the protocol's own form. */
  readonly retryMs: number | undefined;
}

/** The addresses of a server. */
export interface Target {
  readonly url: string;
  readonly grpc: GrpcClient;
}

/** One way. */
export interface Way {
  readonly name: string;
  readonly protocol: "REST" | "Connect" | "gRPC-Web" | "gRPC";
  readonly isStream: boolean;
  /** The name it is counted by. */
  readonly endpoint: string;
  call(
    target: Target,
    command: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Outcome>;
}

const QUERY = "?note=from+the+query";

function rest(isStream: boolean): Way {
  const path = isStream ? "/many" : "/one";
  return {
    name: isStream ? "REST events" : "REST",
    protocol: "REST",
    isStream,
    endpoint: path,
    async call({ url }, command, headers = {}) {
      const accept: Record<string, string> = isStream ? { accept: "text/event-stream" } : {};
      const response = await fetch(`${url}${path}${QUERY}`, {
        method: "POST",
        body: command,
        headers: { ...accept, ...headers },
      });
      const body = await response.text();
      const trailer = new Headers();
      const retryAfter = response.headers.get("retry-after");
      const outcome = {
        header: response.headers,
        trailer,
        retryMs: retryAfter === null ? undefined : 1000 * Number(retryAfter),
      };
      if (!response.ok) {
        const { code, error } = JSON.parse(body);
        return { ...outcome, code, message: error, values: [] };
      }
      const values: string[] = [];
      let failure = { code: "ok", error: "" };
      for (const block of isStream ? body.split("\n\n").slice(0, -1) : []) {
        const [, event = "", data = ""] = /^(?:event: (.*)\n)?data: (.*)$/.exec(block) ?? [];
        if (event === "error") failure = JSON.parse(data);
        else if (event === "") values.push(data);
        else trailer.set(event, data);
      }
      const { code, error } = failure;
      return { ...outcome, code, message: error, values: isStream ? values : [body] };
    },
  };
}

/** The message of a command, and the value in an answer, of each method. */
interface Method {
  readonly method: DescMethod;
  readonly endpoint: string;
  readonly of: (command: string) => string;
  readonly value: (answer: never) => string;
}

const contentOf = (apiName: string) => (command: string) =>
  JSON.stringify({ apiName, text: command });

const METHODS: readonly (Method & { readonly name: string })[] = [
  {
    name: "Call",
    method: BentoService.method.call,
    endpoint: "one",
    of: contentOf("one"),
    value: ({ content }: { content: { value: { value: string } } }) => content.value.value,
  },
  {
    name: "CallStream",
    method: Inference.method.callStream,
    endpoint: "many",
    of: (command) => JSON.stringify({ request: { apiName: "many", text: command } }),
    value: ({ response }: { response: { content: { value: { value: string } } } }) =>
      response.content.value.value,
  },
  ...(["greet", "greetMany"] as const).map((name) => {
    const method = Greeter.method[name] as DescMethod;
    return {
      name: `mounted ${method.name}`,
      method,
      endpoint: `example.Greeter/${method.name}`,
      of: (command: string) => JSON.stringify({ name: command }),
      value: (answer: { name: string }) => answer.name,
    };
  }),
];

function retryMsOf(error: ConnectError): number | undefined {
  const [info] = error.findDetails(RetryInfoSchema);
  const { seconds = 0n, nanos = 0 } = info?.retryDelay ?? {};
  return info === undefined ? undefined : 1000 * Number(seconds) + nanos / 1e6;
}

/** A client of HTTP for Connect's clients, which gives each URL a query. */
const send: UniversalClientFn = async ({ url, method, header, body, signal }) => {
  const chunks = (await Array.fromAsync(body ?? [])) as Uint8Array<ArrayBuffer>[];
  const sent = { method, headers: header, body: new Blob(chunks), signal: signal ?? null };
  return universalClientResponseFromFetch(await fetch(`${url}${QUERY}`, sent));
};

/** By Connect's own client. */
function byConnect(protocol: "Connect" | "gRPC-Web", each: (typeof METHODS)[number]): Way {
  const isStream = each.method.methodKind === "server_streaming";
  const createTransport = protocol === "Connect" ? connectTransport : grpcWebTransport;
  return {
    name: `${protocol}, ${each.name}`,
    protocol,
    isStream,
    endpoint: each.endpoint,
    async call({ url }, command, headers = {}) {
      const transport = createTransport({
        httpClient: send,
        baseUrl: url,
        useBinaryFormat: true,
        interceptors: [] as Interceptor[],
        acceptCompression: [],
        sendCompression: null,
        compressMinBytes: 0,
        readMaxBytes: 2 ** 26,
        writeMaxBytes: 2 ** 26,
      });
      const { method } = each;
      const client = createClient(method.parent, transport) as unknown as Readonly<
        Record<string, (message: unknown, options: CallOptions) => unknown>
      >;
      let [header, trailer] = [new Headers(), new Headers()];
      const options: CallOptions = {
        headers,
        onHeader: (received) => {
          header = received;
        },
        onTrailer: (received) => {
          trailer = received;
        },
      };
      const values: string[] = [];
      const take = (answer: unknown): void => void values.push(each.value(answer as never));
      try {
        const message = fromJsonString(method.input, each.of(command));
        const answer = client[method.localName]?.(message, options);
        if (isStream) for await (const item of answer as AsyncIterable<unknown>) take(item);
        else take(await answer);
        return { code: "ok", message: "", values, header, trailer, retryMs: undefined };
      } catch (thrown) {
        const error = ConnectError.from(thrown);
        const { code, rawMessage: text, metadata } = error;
        return {
          code: codeToString(code),
          message: text,
          values,
          header: isStream ? header : metadata,
          trailer: metadata,
          retryMs: retryMsOf(error),
        };
      }
    },
  };
}

function headersOf(metadata: { getMap(): Record<string, string | Buffer> } | undefined): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(metadata?.getMap() ?? {})) {
    headers.set(name, typeof value === "string" ? value : value.toString("base64"));
  }
  return headers;
}

function byGrpc({ name, method, endpoint, of, value }: (typeof METHODS)[number]): Way {
  const { input, output }: { input: DescMessage; output: DescMessage } = method;
  return {
    name: `gRPC, ${name}`,
    protocol: "gRPC",
    isStream: method.methodKind === "server_streaming",
    endpoint,
    async call({ grpc }, command, headers = {}) {
      const path = `/${method.parent.typeName}/${method.name}${QUERY}`;
      const message = Buffer.from(toBinary(input, fromJsonString(input, of(command))));
      const { code, details, messages, header, trailer } = await grpc.call(
        path,
        [message],
        headers,
      );
      const trailers = headersOf(trailer);
      const error = code === 0 ? undefined : findTrailerError(withStatus(trailers, code, details));
      const pushback = trailers.get("grpc-retry-pushback-ms");
      const retryMs = error === undefined ? undefined : retryMsOf(error);
      return {
        code: code === 0 ? "ok" : codeToString(code as Code),
        message: details,
        values: messages.map((bytes) => value(fromBinary(output, bytes) as never)),
        header: headersOf(header),
        trailer: trailers,
        // Both forms say the same.
        retryMs: pushback === String(retryMs) ? retryMs : undefined,
      };
    },
  };
}

/** grpc-js takes the status out of the trailers. */
function withStatus(trailers: Headers, code: number, details: string): Headers {
  const whole = new Headers(trailers);
  whole.set("grpc-status", String(code));
  whole.set("grpc-message", encodeURIComponent(details));
  return whole;
}

/** All of them. */
export const WAYS: readonly Way[] = [
  rest(false),
  rest(true),
  ...METHODS.map((each) => byConnect("Connect", each)),
  ...METHODS.map((each) => byConnect("gRPC-Web", each)),
  ...METHODS.map(byGrpc),
];
