/**
 * A service to try servers with: calls of all four kinds, on messages that come with protobuf.
 * What a handler is to do besides its echo, the metadata of the call says.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { fileDesc, type GenService, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import {
  type BytesValueSchema,
  FileDescriptorProtoSchema,
  file_google_protobuf_wrappers,
  StringValueSchema,
  type UInt32ValueSchema,
} from "@bufbuild/protobuf/wkt";
import {
  type Code,
  ConnectError,
  type HandlerContext,
  type ServiceImpl,
} from "@connectrpc/connect";

const [bytes, number] = [".google.protobuf.BytesValue", ".google.protobuf.UInt32Value"];

const file = create(FileDescriptorProtoSchema, {
  name: "echo.proto",
  package: "echo",
  syntax: "proto3",
  dependency: ["google/protobuf/wrappers.proto"],
  service: [
    {
      name: "Echo",
      method: [
        { name: "Unary", inputType: bytes, outputType: bytes },
        { name: "Repeat", inputType: bytes, outputType: bytes, serverStreaming: true },
        { name: "Count", inputType: bytes, outputType: number, clientStreaming: true },
        {
          name: "Chat",
          inputType: bytes,
          outputType: bytes,
          clientStreaming: true,
          serverStreaming: true,
        },
        { name: "Missing", inputType: bytes, outputType: bytes },
      ],
    },
  ],
});

/** Its descriptor: `echo.Echo`. */
export const Echo: GenService<{
  unary: { methodKind: "unary"; input: typeof BytesValueSchema; output: typeof BytesValueSchema };
  repeat: {
    methodKind: "server_streaming";
    input: typeof BytesValueSchema;
    output: typeof BytesValueSchema;
  };
  count: {
    methodKind: "client_streaming";
    input: typeof BytesValueSchema;
    output: typeof UInt32ValueSchema;
  };
  chat: {
    methodKind: "bidi_streaming";
    input: typeof BytesValueSchema;
    output: typeof BytesValueSchema;
  };
  missing: { methodKind: "unary"; input: typeof BytesValueSchema; output: typeof BytesValueSchema };
}> = serviceDesc(
  fileDesc(Buffer.from(toBinary(FileDescriptorProtoSchema, file)).toString("base64"), [
    file_google_protobuf_wrappers,
  ]),
  0,
);

/** What the handlers of a service have seen. */
export interface Seen {
  started: number;
  /** Handlers that are under way. */
  running: number;
  /** Why the signals of handlers that waited were aborted. */
  readonly reasons: string[];
}

/** The handlers, and what they have seen. */
export function echoHandlers(): {
  readonly handlers: Partial<ServiceImpl<typeof Echo>>;
  seen: Seen;
} {
  const seen: Seen = { started: 0, running: 0, reasons: [] };

  /** Counts a handler until it is over, does what the metadata asks for. */
  async function* started<T>(context: HandlerContext, run: () => AsyncIterable<T>) {
    seen.started += 1;
    seen.running += 1;
    try {
      await prepare(context, seen);
      yield* run();
    } finally {
      seen.running -= 1;
    }
  }

  async function only<T>(answers: AsyncIterable<T>): Promise<T> {
    for await (const answer of answers) return answer;
    throw new Error("no answer");
  }

  const handlers: Partial<ServiceImpl<typeof Echo>> = {
    unary: ({ value }, context) =>
      only(
        started(context, async function* () {
          yield { value: answerTo(value, context) };
        }),
      ),
    repeat: ({ value }, context) =>
      started(context, async function* () {
        const times = Number(context.requestHeader.get("times") ?? 3);
        for (let at = 0; at < times; at++) yield { value: answerTo(value, context) };
        fail(context, "fail-late");
      }),
    count: (messages, context) =>
      only(
        started(context, async function* () {
          let count = 0;
          for await (const { value } of messages) count += value.length;
          yield { value: count };
        }),
      ),
    chat: (messages, context) =>
      started(context, async function* () {
        for await (const { value } of messages) yield { value };
      }),
  };
  return { handlers, seen };
}

function answerTo(value: Uint8Array, { requestHeader }: HandlerContext): Uint8Array {
  const length = requestHeader.get("length");
  return length === null ? value : new Uint8Array(Number(length));
}

async function prepare(context: HandlerContext, seen: Seen): Promise<void> {
  const { requestHeader, responseHeader, responseTrailer, signal } = context;
  for (const name of ["note", "note-bin"]) {
    const value = requestHeader.get(name);
    if (value === null) continue;
    responseHeader.set(name, value);
    responseTrailer.set(`late-${name}`, value);
  }
  fail(context, "fail");
  if (!requestHeader.has("hold")) return;
  const aborted = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => aborted.resolve());
  if (signal.aborted) aborted.resolve();
  await aborted.promise;
  seen.reasons.push(String(signal.reason));
  throw signal.reason;
}

function fail({ requestHeader }: HandlerContext, when: "fail" | "fail-late"): void {
  const code = requestHeader.get(when);
  if (code === "error") throw new Error("the secret of the house");
  if (code === null) return;
  const detail = { desc: StringValueSchema, value: { value: "in detail" } };
  throw new ConnectError("Größe: 50 %, \n/a/b?", Number(code) as Code, { why: "asked" }, [detail]);
}
