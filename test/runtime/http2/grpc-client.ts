/** gRPC by grpc-js, on plain bytes: what comes back from a call, whole. */
import grpc from "@grpc/grpc-js";

/** What came back. */
export interface Outcome {
  readonly code: number;
  readonly details: string;
  readonly messages: readonly Buffer[];
  readonly header: grpc.Metadata | undefined;
  readonly trailer: grpc.Metadata;
}

type Stream = grpc.ClientDuplexStream<Buffer, Buffer>;

const same = (bytes: Buffer): Buffer => bytes;

/** A client on one connection. */
export class GrpcClient {
  readonly #client: grpc.Client;

  constructor(
    target: string,
    credentials: grpc.ChannelCredentials = grpc.credentials.createInsecure(),
  ) {
    this.#client = new grpc.Client(target, credentials, {
      "grpc.max_receive_message_length": -1,
      "grpc.use_local_subchannel_pool": 1,
      "grpc.initial_reconnect_backoff_ms": 50,
    });
  }

  /** A call of any kind: to the server, they are all streams. */
  start(
    path: string,
    metadata: Readonly<Record<string, string | Buffer>> = {},
    options: grpc.CallOptions = {},
  ): Stream {
    const sent = new grpc.Metadata();
    for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
    return this.#client.makeBidiStreamRequest(path, same, same, sent, options);
  }

  /** Sends these messages, and waits for the end. */
  async call(
    path: string,
    messages: readonly Buffer[],
    metadata: Readonly<Record<string, string | Buffer>> = {},
    options: grpc.CallOptions = {},
  ): Promise<Outcome> {
    const stream = this.start(path, metadata, options);
    const outcome = outcomeOf(stream);
    for (const message of messages) stream.write(message);
    stream.end();
    return await outcome;
  }

  close(): void {
    this.#client.close();
  }
}

/** Waits for the end of a call. */
export function outcomeOf(stream: Stream): Promise<Outcome> {
  const messages: Buffer[] = [];
  let header: grpc.Metadata | undefined;
  stream.on("metadata", (metadata) => {
    header = metadata;
  });
  stream.on("data", (message: Buffer) => messages.push(message));
  stream.on("error", () => {}); // the status says it too
  return new Promise((resolve) => {
    stream.on("status", ({ code, details, metadata }) => {
      resolve({ code, details, messages, header, trailer: metadata });
    });
  });
}

/** The bytes of a `google.protobuf.BytesValue`. */
export function bytesValue(length: number, fill = 7): Buffer {
  if (length === 0) return Buffer.alloc(0);
  const varint: number[] = [];
  for (let rest = length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) {
      varint.push(rest);
      break;
    }
    varint.push((rest % 128) | 128);
  }
  return Buffer.concat([Buffer.from([10, ...varint]), Buffer.alloc(length, fill)]);
}
