/** Both ways to answer a call give the same answer, field by field and byte by byte. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { bytesValue } from "./grpc-client.ts";
import { openEcho, WAYS } from "./open-echo.ts";
import { envelope } from "./raw-http2.ts";

/** What is sent. */
interface Sent {
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Whether the body ends. Default true. */
  readonly end?: boolean;
}

/** The parts of an answer that are compared. */
interface Answer {
  readonly header: IncomingHttpHeaders;
  readonly body: string;
  readonly trailer: IncomingHttpHeaders;
}

const small = envelope(bytesValue(3));
const large = envelope(bytesValue(3000));
const gzip = { "grpc-encoding": "gzip" };
const zipped = envelope(gzipSync(bytesValue(3000)), 1);
const bomb = envelope(gzipSync(Buffer.alloc(10_000_000)), 1);

/** The status of gRPC, or else of HTTP, that each is answered with. */
const CASES: Readonly<Record<string, readonly [status: string, Sent]>> = {
  "in the usual form": ["0", { body: large }],
  "of another type": ["0", { fields: { "content-type": "application/grpc+proto" } }],
  "in JSON": [
    "0",
    {
      fields: { "content-type": "application/grpc+json" },
      body: envelope(Buffer.from('"AAEC"')),
    },
  ],
  "of an unknown type": ["415", { fields: { "content-type": "application/grpc+thrift" } }],
  "with metadata": ["0", { fields: { note: "ü", "note-bin": "AAH+/w" } }],
  "with time": ["0", { fields: { "grpc-timeout": "10S" } }],
  "with the longest time": ["0", { fields: { "grpc-timeout": "99999999H" } }],
  "with an invalid time": ["3", { fields: { "grpc-timeout": "soon" } }],
  "whose time is over": ["4", { fields: { "grpc-timeout": "20m", hold: "1" } }],
  "whose message does not come in time": [
    "4",
    { fields: { "grpc-timeout": "20m" }, body: large.subarray(0, 9), end: false },
  ],
  "with gzip": ["0", { fields: gzip, body: zipped }],
  "with gzip, but not in use": ["0", { fields: gzip, body: large }],
  "with invalid gzip": ["3", { fields: gzip, body: envelope(Buffer.from("none"), 1) }],
  "with a gzip bomb": ["8", { fields: gzip, body: bomb }],
  "with gzip unannounced": ["13", { body: zipped }],
  "with an unknown compression": ["12", { fields: { "grpc-encoding": "br" }, body: large }],
  "that would read gzip": ["0", { fields: { "grpc-accept-encoding": "gzip" }, body: large }],
  "with an empty message": ["0", { body: envelope(Buffer.alloc(0)) }],
  "without a message": ["12", { body: Buffer.alloc(0) }],
  "with two messages": ["12", { body: Buffer.concat([small, small]) }],
  "with half an envelope": ["3", { body: small.subarray(0, 3) }],
  "with half a message": ["3", { body: small.subarray(0, 7) }],
  "with more than a message": ["3", { body: Buffer.concat([small, Buffer.from([0])]) }],
  "with flags that mean nothing": ["0", { body: envelope(bytesValue(3), 6) }],
  "with an invalid message": ["3", { body: envelope(Buffer.from([0xff, 0xff])) }],
  "with a message too large": [
    "8",
    { body: envelope(Buffer.from("it begins"), 0, 200_000), end: false },
  ],
  "by GET": ["405", { fields: { ":method": "GET" }, body: Buffer.alloc(0) }],
  "that fails": ["5", { fields: { fail: "5" } }],
  "that fails by accident": ["13", { fields: { fail: "error" } }],
};

const ONLY_STREAMS: typeof CASES = {
  "without answers": ["0", { fields: { times: "0" } }],
  "with answers and then an error": ["5", { fields: { "fail-late": "5" } }],
  "that blocks for a while": [
    "0",
    { fields: { times: "300" }, body: envelope(bytesValue(90_000)) },
  ],
};

/** Makes one call, and waits for the end of its answer. */
async function answerTo(
  session: ClientHttp2Session,
  path: string,
  { fields, body = small, end = true }: Sent,
): Promise<Answer> {
  const stream = session.request(
    {
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      "x-request-id": "abc-1",
      ...fields,
    },
    { endStream: false },
  );
  let header: IncomingHttpHeaders = {};
  let trailer: IncomingHttpHeaders = {};
  const chunks: Buffer[] = [];
  stream.on("response", (received) => {
    header = { ...received };
  });
  stream.on("trailers", (received) => {
    trailer = { ...received };
  });
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.write(body);
  if (end) stream.end();
  await once(stream, "end");
  stream.destroy();
  assert.match(String(header.date), /GMT$/);
  return { header: { ...header, date: "" }, body: Buffer.concat(chunks).toString("hex"), trailer };
}

for (const [path, cases] of [
  ["/echo.Echo/Unary", CASES],
  ["/echo.Echo/Repeat", { ...CASES, ...ONLY_STREAMS }],
] as const) {
  for (const [name, [status, sent]] of Object.entries(cases)) {
    test(`The short path answers as Connect's handlers do: ${path} ${name}`, async () => {
      const answers: Answer[] = [];
      for (const way of WAYS) {
        await using echo = await openEcho(way, { limits: { maxMessageBytes: 100_000 } });
        const session = connect(`http://127.0.0.1:${echo.port}`);
        answers.push(await answerTo(session, path, sent));
        session.destroy();
        assert.equal(echo.seen.running, 0);
      }
      const [short, universal] = answers;
      assert.deepEqual(short, universal);
      assert.equal(short?.trailer["grpc-status"] ?? String(short?.header[":status"]), status);
    });
  }
}

for (const way of WAYS) {
  test(`An answer is compressed if its request is, by ${way}`, async () => {
    await using echo = await openEcho(way);
    const session = connect(`http://127.0.0.1:${echo.port}`);
    for (const [fields, body, encoding] of [
      [gzip, zipped, "gzip"],
      [{ ...gzip, "grpc-accept-encoding": "identity,gzip" }, zipped, "gzip"],
      [{ "grpc-accept-encoding": "identity,deflate,gzip" }, large, undefined],
    ] as const) {
      const answer = await answerTo(session, "/echo.Echo/Unary", { fields, body });
      assert.equal(answer.header["grpc-encoding"], encoding);
      const bytes = Buffer.from(answer.body, "hex");
      assert.equal(bytes[0], encoding === undefined ? 0 : 1);
      assert.equal(bytes.length < 300, encoding === "gzip");
    }
    session.destroy();
  });
}
