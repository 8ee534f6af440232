/** One API of a server, called over every protocol by clients that keep what came back. */
import { connect } from "node:http2";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Server } from "ekiben/serve";
import { RequestSchema, ResponseSchema } from "../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { fetch } from "../support/fetch.ts";
import { GrpcClient } from "./http2/grpc-client.ts";

/** What came back from a call. */
export interface Outcome {
  /** The status of HTTP, or that of gRPC: undefined where the protocol has the other. */
  readonly status: number | undefined;
  /** 0 for success. */
  readonly code: number | undefined;
  /** The answer, or the message of the error. */
  readonly text: string;
  /** Headers and trailers. */
  readonly metadata: Headers;
}

/**
 * Calls the API `name`, which takes and answers a text.
 *
 * @param message bytes to send in place of the message
 */
export type Caller = (
  server: Server,
  name: string,
  text: string,
  headers?: Readonly<Record<string, string>>,
  message?: Uint8Array<ArrayBuffer>,
) => Promise<Outcome>;

const CALL = "/bentoml.grpc.v1.BentoService/Call";
const STREAM = "/ekiben.v1.Inference/CallStream";
const CODES: Readonly<Record<string, number>> = {
  canceled: 1,
  unknown: 2,
  invalid_argument: 3,
  deadline_exceeded: 4,
  not_found: 5,
  permission_denied: 7,
  resource_exhausted: 8,
  failed_precondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
};

interface CallError {
  readonly code: string;
  readonly message?: string;
}

/** A message of a Connect stream, or its end. */
interface StreamMessage {
  readonly response?: { readonly text: string };
  readonly error?: CallError;
  readonly metadata?: Readonly<Record<string, readonly string[]>>;
}

const failed = ({ code, message = "" }: CallError, metadata: Headers): Outcome => ({
  status: undefined,
  code: CODES[code] ?? Number.NaN,
  text: message,
  metadata,
});

const answered = (text: string, metadata: Headers): Outcome => ({
  status: undefined,
  code: 0,
  text,
  metadata,
});

function framed(message: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof message === "string" ? new TextEncoder().encode(message) : message;
  const frame = new Uint8Array(5 + bytes.length);
  new DataView(frame.buffer).setUint32(1, bytes.length);
  frame.set(bytes, 5);
  return frame;
}

function* framesOf(
  bytes: Uint8Array,
): Generator<{ readonly flags: number; readonly text: string }> {
  for (let at = 0; at < bytes.length; ) {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(1);
    const text = new TextDecoder().decode(bytes.subarray(at + 5, at + 5 + length));
    yield { flags: bytes[at] ?? 0, text };
    at += 5 + length;
  }
}

/** A timeout in each protocol's own header. */
function timed(
  headers: Readonly<Record<string, string>>,
  header: string,
  unit = "",
): Record<string, string> {
  const { "timeout-ms": timeoutMs, ...others } = headers;
  return timeoutMs === undefined ? others : { ...others, [header]: `${timeoutMs}${unit}` };
}

const rest: Caller = async ({ url }, name, text, headers = {}, message) => {
  const response = await fetch(`${url}/${name}`, {
    method: "POST",
    body: message ?? text,
    headers: { "content-type": "text/plain", ...timed(headers, "request-timeout", "ms") },
    redirect: "manual",
  });
  const { status, headers: metadata } = response;
  return { status, code: undefined, text: await response.text(), metadata };
};

const connectJson: Caller = async ({ url }, apiName, text, headers = {}, message) => {
  const response = await fetch(`${url}${CALL}`, {
    method: "POST",
    body: message ?? JSON.stringify({ apiName, text }),
    headers: { "content-type": "application/json", ...timed(headers, "connect-timeout-ms") },
  });
  const answer = await response.json();
  return response.ok
    ? answered((answer as { text: string }).text, response.headers)
    : failed(answer as CallError, response.headers);
};

const connectStream: Caller = async ({ url }, apiName, text, headers = {}, message) => {
  const response = await fetch(`${url}${STREAM}`, {
    method: "POST",
    body: framed(message ?? JSON.stringify({ request: { apiName, text } })),
    headers: {
      "content-type": "application/connect+json",
      ...timed(headers, "connect-timeout-ms"),
    },
  });
  const metadata = new Headers(response.headers);
  let given = "";
  for (const { flags, text } of framesOf(await response.bytes())) {
    const { response, error, metadata: sent = {} } = JSON.parse(text) as StreamMessage;
    for (const [name, [value = ""]] of Object.entries(sent)) metadata.set(name, value);
    if (error !== undefined) return failed(error, metadata);
    if (flags === 0) given += response?.text ?? "";
  }
  return answered(given, metadata);
};

const grpcWeb: Caller = async ({ url }, apiName, text, headers = {}, message) => {
  const response = await fetch(`${url}${CALL}`, {
    method: "POST",
    body: framed(message ?? JSON.stringify({ apiName, text })),
    headers: {
      "content-type": "application/grpc-web+json",
      ...timed(headers, "grpc-timeout", "m"),
    },
  });
  const metadata = new Headers(response.headers);
  let given = "";
  for (const { flags, text } of framesOf(await response.bytes())) {
    if (flags === 0) given = (JSON.parse(text) as { text: string }).text;
    else for (const line of text.trim().split("\r\n")) metadata.append(...pairOf(line));
  }
  const code = Number(metadata.get("grpc-status"));
  const failure = decodeURIComponent(metadata.get("grpc-message") ?? "");
  return { status: undefined, code, text: code === 0 ? given : failure, metadata };
};

function pairOf(line: string): [string, string] {
  const at = line.indexOf(":");
  return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}

const grpc: Caller = async ({ grpcPort }, apiName, text, headers = {}, message) => {
  const client = new GrpcClient(`127.0.0.1:${grpcPort}`);
  try {
    const request = create(RequestSchema, {
      apiName,
      content: { case: "text", value: { value: text } },
    });
    const { "timeout-ms": timeoutMs, ...metadata } = headers;
    const deadline = timeoutMs === undefined ? {} : { deadline: Date.now() + Number(timeoutMs) };
    const bytes = Buffer.from(message ?? toBinary(RequestSchema, request));
    const outcome = await client.call(CALL, [bytes], metadata, deadline);
    const given = new Headers();
    for (const each of [outcome.header, outcome.trailer]) {
      for (const [name, value] of Object.entries(each?.getMap() ?? {})) {
        if (typeof value === "string") given.set(name, value);
      }
    }
    const [answer] = outcome.messages;
    if (answer === undefined) {
      return { status: undefined, code: outcome.code, text: outcome.details, metadata: given };
    }
    const { content } = fromBinary(ResponseSchema, answer);
    return answered(content.case === "text" ? content.value.value : "", given);
  } finally {
    client.close();
  }
};

/** Connect on the port of gRPC: Connect's own handlers answer it, not the short path. */
const connectHttp2: Caller = async ({ grpcPort }, apiName, text, headers = {}, message) => {
  const session = connect(`http://127.0.0.1:${grpcPort}`);
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": CALL,
      "content-type": "application/json",
      ...timed(headers, "connect-timeout-ms"),
    });
    const metadata = new Headers();
    let status = 0;
    stream.on("response", (received) => {
      status = Number(received[":status"]);
      for (const [name, value] of Object.entries(received)) {
        if (!name.startsWith(":")) metadata.set(name, `${value}`);
      }
    });
    stream.end(message ?? JSON.stringify({ apiName, text }));
    let body = "";
    for await (const chunk of stream.setEncoding("utf8")) body += chunk;
    const answer: unknown = JSON.parse(body);
    if (status !== 200) return failed(answer as CallError, metadata);
    return answered((answer as { text: string }).text, metadata);
  } finally {
    session.close();
  }
};

/** The callers by the names of their protocols. */
export const CALLERS: Readonly<Record<string, Caller>> = {
  REST: rest,
  Connect: connectJson,
  "a Connect stream": connectStream,
  "gRPC-Web": grpcWeb,
  gRPC: grpc,
  "Connect over HTTP/2": connectHttp2,
};
