import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { createAsyncIterable } from "@connectrpc/connect/protocol";
import { rpcRouter } from "../../src/rpc/router.ts";
import { Greeter, type Hello } from "./greeter.ts";

/** The methods of the service. */
type Implementation = Readonly<Record<string, (input: never) => unknown>>;

/** Handlers that read what they are sent, and note how far they came. */
function greeter(seen: string[]): Implementation {
  const read = async (messages: AsyncIterable<Hello>): Promise<Hello> => {
    let last: Hello = { name: "" };
    for await (const message of messages) {
      seen.push(message.name);
      last = message;
    }
    return last;
  };
  return {
    greet: (hello: Hello) => hello,
    async *greetMany(hello: Hello) {
      yield hello;
    },
    greetAll: read,
    async *chat(messages: AsyncIterable<Hello>) {
      yield await read(messages);
    },
  };
}

/** Calls a method with bytes for its messages; the whole answer as text. */
async function answer(
  path: string,
  type: string,
  bodies: readonly Uint8Array[],
  handlers = greeter([]),
): Promise<string> {
  const router = rpcRouter({});
  router.service(Greeter, handlers as never);
  const handler = router.handlers.find(({ requestPath }) => requestPath === path);
  assert.ok(handler);
  const response = await handler({
    httpVersion: "2.0",
    method: "POST",
    url: `http://test${path}`,
    header: new Headers({ "content-type": type }),
    body: createAsyncIterable([...bodies]),
    signal: new AbortController().signal,
  });
  let text = `status ${response.status}\n`;
  for await (const chunk of response.body ?? []) text += new TextDecoder().decode(chunk);
  for (const [name, value] of response.trailer ?? []) text += `\n${name}: ${value}`;
  return decodeURIComponent(text.replace(/%(?![0-9A-F]{2})/g, "%25"));
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function envelope(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(5 + message.length);
  new DataView(framed.buffer).setUint32(1, message.length);
  framed.set(message, 5);
  return framed;
}

const PATHS = ["Greet", "GreetMany", "GreetAll", "Chat"].map((name) => `/example.Greeter/${name}`);
const TYPES = ["application/grpc", "application/grpc-web", "application/connect"];

/** Invalid messages by their format, and the expected reason. */
const MALFORMED: readonly (readonly [format: string, message: Uint8Array, reason: RegExp])[] = [
  ["proto", Uint8Array.of(0x0a, 0xff), /in protobuf: \S/],
  ["proto", Uint8Array.of(7, 7, 7), /in protobuf: \S/],
  ["json", utf8("{"), /in JSON: \S/],
  ["json", utf8(`{"name":[${"1,".repeat(10_000)}1]}`), /in JSON: \S/],
  ["json", utf8(`{"${"n".repeat(10_000)}\u202e":1,"name":{}}`), /in JSON: \S/],
];

const STATUS = /grpc-status: 3|"code":"invalid_argument"/;

for (const path of PATHS) {
  for (const type of TYPES) {
    test(`A malformed message to ${path} as ${type} is invalid_argument`, async () => {
      for (const [format, message, reason] of MALFORMED) {
        const isUnary = type === "application/connect" && path.endsWith("/Greet");
        const body = isUnary ? message : envelope(message);
        const given = isUnary ? `application/${format}` : `${type}+${format}`;
        const text = await answer(path, given, [body]);
        assert.match(text, STATUS);
        assert.match(text, isUnary ? /^status 400/ : /^status 200/);
        assert.match(text, /Cannot read the request as example\.Hello/);
        assert.match(text, reason);
        assert.ok(text.length < 600, `${text.length} characters`);
      }
    });
  }
}

test("A malformed message in a stream comes after those before it", async () => {
  const good = envelope(utf8('{"name":"Ada"}'));
  for (const path of ["/example.Greeter/GreetAll", "/example.Greeter/Chat"]) {
    const seen: string[] = [];
    const bodies = [good, good, envelope(utf8("["))];
    const text = await answer(path, "application/grpc+json", bodies, greeter(seen));
    assert.deepEqual(seen, ["Ada", "Ada"]);
    assert.match(text, STATUS);
  }
});

test("A handler's own error keeps its code, even if it looks like a parser's", async () => {
  for (const [code, words] of [
    [Code.Internal, "parse binary: premature EOF"],
    [Code.InvalidArgument, "cannot decode message x from JSON: no"],
  ] as const) {
    const handlers = {
      greet: () => Promise.reject(new ConnectError(words, code)),
    };
    const text = await answer("/example.Greeter/Greet", "application/json", [utf8("{}")], handlers);
    assert.match(text, new RegExp(words));
    assert.match(text, code === Code.Internal ? /"internal"/ : /"invalid_argument"/);
  }
});
