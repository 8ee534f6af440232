/** Connect, gRPC-Web and gRPC, message by message, without the client of a library. */
import {
  type DescMethod,
  fromBinary,
  fromJson,
  fromJsonString,
  type JsonObject,
  type JsonValue,
  toBinary,
  toJson,
  toJsonString,
} from "@bufbuild/protobuf";
import { type RetryInfo, RetryInfoSchema } from "../../../src/gen/google/rpc/error_details_pb.ts";
import { bytesOf } from "./check.ts";
import { framed, framesOf } from "./frames.ts";
import type { Target } from "./target.ts";

/** The outcome of a call, in the same words over every protocol. */
export interface Outcome {
  /** `ok`, or the code of an error. */
  readonly code: string;
  /** The message of the error. */
  readonly message: string;
  readonly messages: readonly JsonObject[];
  readonly header: Headers;
  /** The trailers; also the metadata of an error. */
  readonly trailer: Headers;
  /** The time until a retry, in milliseconds, in the protocol's own form. */
  readonly retryMs: number | undefined;
}

/** A call. */
export interface Sent {
  readonly method: DescMethod;
  readonly message: JsonValue;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly signal?: AbortSignal;
}

/** A protocol on the wire. */
export interface Wire {
  readonly name: string;
  readonly protocol: "Connect" | "gRPC-Web" | "gRPC";
  /** The header with the time that the caller will wait: its name, and the value for some ms. */
  readonly timeout: readonly [name: string, value: (ms: number) => string];
  send(target: Target, sent: Sent): Promise<Outcome>;
}

/** The codes of gRPC, by their numbers. */
const CODES = [
  ...["ok", "canceled", "unknown", "invalid_argument", "deadline_exceeded", "not_found"],
  ...["already_exists", "permission_denied", "resource_exhausted", "failed_precondition"],
  ...["aborted", "out_of_range", "unimplemented", "internal", "unavailable", "data_loss"],
  "unauthenticated",
] as const;

const CONNECT_END = 2;
const GRPC_WEB_END = 128;

const pathOf = ({ method, query = "" }: Sent): string =>
  `/${method.parent.typeName}/${method.name}${query}`;

const isStream = ({ method }: Sent): boolean => method.methodKind === "server_streaming";

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** How messages are written: as JSON or as protobuf. */
interface Codec {
  readonly name: "json" | "proto";
  write(sent: Sent): Uint8Array<ArrayBuffer>;
  read(sent: Sent, bytes: Uint8Array): JsonObject;
}

const JSON_CODEC: Codec = {
  name: "json",
  write: ({ method, message }) =>
    new TextEncoder().encode(toJsonString(method.input, fromJson(method.input, message))),
  // By way of the message, which has one form only for each value.
  read: ({ method }, bytes) =>
    toJson(method.output, fromJsonString(method.output, textOf(bytes))) as JsonObject,
};

const PROTO_CODEC: Codec = {
  name: "proto",
  write: ({ method, message }) =>
    toBinary(method.input, fromJson(method.input, message)) as Uint8Array<ArrayBuffer>,
  read: ({ method }, bytes) =>
    toJson(method.output, fromBinary(method.output, bytes)) as JsonObject,
};

interface ConnectError {
  readonly code?: string;
  readonly message?: string;
  readonly details?: readonly { readonly type: string; readonly value: string }[];
}

/** The end of a Connect stream. */
interface ConnectEnd {
  readonly error?: ConnectError;
  readonly metadata?: Readonly<Record<string, readonly string[]>>;
}

function retryMsOf(detail: Uint8Array | undefined): number | undefined {
  if (detail === undefined) return undefined;
  const { retryDelay }: RetryInfo = fromBinary(RetryInfoSchema, detail);
  return 1000 * Number(retryDelay?.seconds ?? 0n) + (retryDelay?.nanos ?? 0) / 1e6;
}

function failed(error: ConnectError, trailer: Headers, rest: Partial<Outcome> = {}): Outcome {
  const { code = "none", message = "", details = [] } = error;
  const detail = details.find(({ type }) => type === "google.rpc.RetryInfo");
  const retryMs = retryMsOf(detail && bytesOf(padded(detail.value)));
  return { header: trailer, messages: [], ...rest, code, message, trailer, retryMs };
}

function padded(base64: string): string {
  return base64.padEnd(4 * Math.ceil(base64.length / 4), "=");
}

const OK = { code: "ok", message: "", retryMs: undefined };

/** Returns the trailers of a unary call, which are headers that begin with `trailer-`. */
function trailersIn(header: Headers): Headers {
  const prefix = "trailer-";
  const found = [...header].filter(([name]) => name.startsWith(prefix));
  return new Headers(found.map(([name, value]) => [name.slice(prefix.length), value]));
}

function connect(codec: Codec): Wire {
  async function send(target: Target, sent: Sent): Promise<Outcome> {
    const { headers, signal } = sent;
    const stream = isStream(sent);
    const type = stream ? `application/connect+${codec.name}` : `application/${codec.name}`;
    const message = codec.write(sent);
    const response = await target.fetch(pathOf(sent), {
      method: "POST",
      body: stream ? framed(message) : message,
      headers: { "content-type": type, ...headers },
      signal: signal ?? null,
    });
    const { headers: header } = response;
    const bytes = await response.bytes();
    if (!response.ok) {
      return failed(
        errorIn(response.status, bytes),
        new Headers([...header, ...trailersIn(header)]),
      );
    }
    if (!stream) {
      return { ...OK, messages: [codec.read(sent, bytes)], header, trailer: trailersIn(header) };
    }
    const frames = framesOf(bytes);
    const messages = frames
      .filter(({ flags }) => flags === 0)
      .map((frame) => codec.read(sent, frame.bytes));
    const end = frames.at(-1);
    if (end?.flags !== CONNECT_END) throw new Error("The stream has no end");
    const { error, metadata = {} } = JSON.parse(textOf(end.bytes)) as ConnectEnd;
    const trailer = headersOf(metadata);
    return error === undefined
      ? { ...OK, messages, header, trailer }
      : failed(error, trailer, { messages, header });
  }
  return {
    name: `Connect, ${codec.name}`,
    protocol: "Connect",
    timeout: ["connect-timeout-ms", String],
    send,
  };
}

function errorIn(status: number, bytes: Uint8Array): ConnectError {
  try {
    return JSON.parse(textOf(bytes)) as ConnectError;
  } catch {
    return { code: `HTTP ${status}`, message: textOf(bytes) };
  }
}

function headersOf(metadata: Readonly<Record<string, readonly string[]>>): Headers {
  return new Headers(
    Object.entries(metadata).flatMap(([name, values]) =>
      values.map((value): [string, string] => [name, value]),
    ),
  );
}

/** Returns the outcome that the trailers of gRPC and gRPC-Web say. */
function byTrailers(
  trailer: Headers,
  code: number,
  message: string,
  rest: Pick<Outcome, "messages" | "header">,
): Outcome {
  const name = CODES[code] ?? `code ${code}`;
  if (code === 0) return { ...rest, ...OK, trailer };
  const pushback = trailer.get("grpc-retry-pushback-ms");
  const detail = trailer.get("grpc-status-details-bin");
  const retryMs = retryMsOf(retryInfoIn(detail));
  // Both forms say the same.
  const agreed = pushback === (retryMs === undefined ? null : String(retryMs));
  return { ...rest, code: name, message, trailer, retryMs: agreed ? retryMs : Number.NaN };
}

/** Returns the bytes of the RetryInfo in a `google.rpc.Status`, whose field 3 is a list of Any. */
function retryInfoIn(base64: string | null): Uint8Array | undefined {
  if (base64 === null) return undefined;
  const status = bytesOf(padded(base64));
  const type = "type.googleapis.com/google.rpc.RetryInfo";
  const at = Array.from(status, (byte) => String.fromCharCode(byte))
    .join("")
    .indexOf(type);
  if (at === -1) return undefined;
  // Behind the type, the field 2 of Any: its tag, its length, and the bytes.
  const start = at + type.length + 2;
  return status.subarray(start, start + (status[start - 1] ?? 0));
}

const grpcTimeout = ["grpc-timeout", (ms: number) => `${ms}m`] as const;

const grpcWeb: Wire = {
  name: "gRPC-Web",
  protocol: "gRPC-Web",
  timeout: grpcTimeout,
  async send(target, sent) {
    const response = await target.fetch(pathOf(sent), {
      method: "POST",
      body: framed(PROTO_CODEC.write(sent)),
      headers: { "content-type": "application/grpc-web+proto", ...sent.headers },
      signal: sent.signal ?? null,
    });
    const { headers: header } = response;
    if (!response.ok) return failed({ code: `HTTP ${response.status}` }, header);
    const frames = framesOf(await response.bytes());
    const messages = frames
      .filter(({ flags }) => flags === 0)
      .map(({ bytes }) => PROTO_CODEC.read(sent, bytes));
    const trailer = new Headers(header.has("grpc-status") ? header : undefined);
    for (const { bytes } of frames.filter(({ flags }) => flags === GRPC_WEB_END)) {
      for (const line of textOf(bytes).trim().split("\r\n")) {
        const at = line.indexOf(":");
        trailer.append(line.slice(0, at), line.slice(at + 1).trim());
      }
    }
    const code = Number(trailer.get("grpc-status") ?? Number.NaN);
    const message = decodeURIComponent(trailer.get("grpc-message") ?? "");
    return byTrailers(trailer, code, message, { messages, header });
  },
};

const grpc: Wire = {
  name: "gRPC",
  protocol: "gRPC",
  timeout: grpcTimeout,
  async send(target, sent) {
    if (target.grpc === undefined) return await overFetch(target, sent);
    const message = PROTO_CODEC.write(sent);
    const outcome = await target.grpc(pathOf(sent), message, sent.headers ?? {}, sent.signal);
    const { code, details, header, trailer } = outcome;
    const messages = outcome.messages.map((bytes) => PROTO_CODEC.read(sent, bytes));
    return byTrailers(trailer, code, details, { messages, header });
  },
};

/** Sends gRPC as an HTTP request, to a place that nothing else reaches. */
async function overFetch(target: Target, sent: Sent): Promise<Outcome> {
  const response = await target.fetch(pathOf(sent), {
    method: "POST",
    body: framed(PROTO_CODEC.write(sent)),
    headers: { "content-type": "application/grpc+proto" },
  });
  return failed({ code: `HTTP ${response.status}` }, response.headers);
}

/** The protocols that any host of `fetch` answers. */
export const FETCH_WIRES: readonly Wire[] = [connect(JSON_CODEC), connect(PROTO_CODEC), grpcWeb];

/** gRPC, which needs HTTP/2 and trailers. */
export const GRPC: Wire = grpc;

/** All. */
export const WIRES: readonly Wire[] = [...FETCH_WIRES, GRPC];
