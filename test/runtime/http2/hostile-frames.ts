/** What hostile or broken clients send to a port that speaks HTTP/2, by name. */
import { gzipSync } from "node:zlib";
import { bytesValue } from "./grpc-client.ts";
import {
  ACK,
  block,
  call,
  callFields,
  END_HEADERS,
  END_STREAM,
  envelope,
  type Fields,
  frame,
  PADDED,
  PREFACE,
  SETTINGS,
  TYPE,
  uint32,
} from "./raw-http2.ts";

const UNARY = "/echo.Echo/Unary";
const small = envelope(bytesValue(3));
const fields = callFields(UNARY);

/** After the preface and empty settings. */
function greeted(...frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat([PREFACE, SETTINGS, ...frames]);
}

function headers(block: Uint8Array, flags = END_HEADERS, stream = 1): Buffer {
  return frame(TYPE.headers, flags, stream, block);
}

/** A whole call with these fields. */
function calling(changed: Readonly<Record<string, string>>, body: Uint8Array = small): Buffer {
  return greeted(call(1, callFields(UNARY, changed), body));
}

/** A call whose fields are exactly these. */
function withFields(exactly: Fields): Buffer {
  return greeted(call(1, exactly, small));
}

function many(count: number, make: (at: number) => Uint8Array): Buffer {
  return greeted(...Array.from({ length: count }, (_, at) => make(at)));
}

/** Bytes in no order, the same at each run (a linear congruential generator). */
function noise(length: number, seed: number): Buffer {
  let state = seed;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
      return state >>> 24;
    }),
  );
}

const NOT_HTTP2: Readonly<Record<string, Buffer>> = {
  "no bytes": Buffer.alloc(0),
  "a zero byte": Buffer.alloc(1),
  noise: noise(5000, 1),
  "half a preface": PREFACE.subarray(0, 13),
  "a preface with a wrong end": Buffer.from("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"),
  "a preface and noise": Buffer.concat([PREFACE, noise(5000, 2)]),
  "two prefaces": Buffer.concat([PREFACE, PREFACE, SETTINGS]),
  "a TLS handshake": Buffer.from("16030100a5010000a10303", "hex"),
  "HTTP/1.1": Buffer.from("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
};

const FRAMES: Readonly<Record<string, Buffer>> = {
  "settings of a wrong length": Buffer.concat([PREFACE, frame(TYPE.settings, 0, 0, noise(5, 3))]),
  "settings on a stream": Buffer.concat([PREFACE, frame(TYPE.settings, 0, 1)]),
  "an acknowledgement with a payload": greeted(frame(TYPE.settings, ACK, 0, noise(6, 4))),
  "a window of 4 GiB": Buffer.concat([
    PREFACE,
    frame(TYPE.settings, 0, 0, Buffer.from([0, 4, 255, 255, 255, 255])),
  ]),
  "a frame of 16 MiB that does not arrive": greeted(Buffer.from("ffffff0000000000010000", "hex")),
  "a frame of 17 KB": greeted(frame(TYPE.data, 0, 1, noise(17_000, 5))),
  "frames of unknown types": many(100, (at) => frame(10 + at, 255, at, noise(50, at))),
  "data on stream 0": greeted(frame(TYPE.data, 0, 0, small)),
  "data on an idle stream": greeted(frame(TYPE.data, 0, 7, small)),
  "headers on stream 0": greeted(headers(block(fields), END_HEADERS, 0)),
  "headers on an even stream": greeted(headers(block(fields), END_HEADERS, 2)),
  "headers on an older stream": greeted(
    headers(block(fields), END_HEADERS, 5),
    headers(block(fields), END_HEADERS, 3),
  ),
  "headers twice": greeted(headers(block(fields)), headers(block(fields))),
  "headers cut short": greeted(headers(block(fields))).subarray(0, -20),
  "headers that never end": greeted(headers(block(fields), 0), frame(TYPE.ping, 0, 0, noise(8, 6))),
  "a continuation without headers": greeted(
    frame(TYPE.continuation, END_HEADERS, 1, block(fields)),
  ),
  "padding longer than its frame": greeted(headers(Buffer.from([255, 0]), PADDED | END_HEADERS)),
  "a priority on itself": greeted(frame(TYPE.priority, 0, 1, Buffer.from([0, 0, 0, 1, 5]))),
  "a window update of zero": greeted(frame(TYPE.windowUpdate, 0, 0, uint32(0))),
  "a window that overflows": many(3, () => frame(TYPE.windowUpdate, 0, 0, uint32(2 ** 31 - 1))),
  "a reset of an idle stream": greeted(frame(TYPE.reset, 0, 9, uint32(8))),
  "a reset of a wrong length": greeted(
    headers(block(fields)),
    frame(TYPE.reset, 0, 1, noise(3, 7)),
  ),
  "a ping of a wrong length": greeted(frame(TYPE.ping, 0, 0, noise(7, 8))),
  "a ping on a stream": greeted(frame(TYPE.ping, 0, 1, noise(8, 9))),
  ...Object.fromEntries(
    ["application/grpc", "text/plain"].flatMap((type) =>
      [0, 1, 2, 13].map((code) => [
        `a reset with code ${code} of ${type}`,
        greeted(
          headers(
            block(callFields(type === "text/plain" ? "/other" : UNARY, { "content-type": type })),
          ),
          frame(TYPE.data, 0, 1, small),
          frame(TYPE.reset, 0, 1, uint32(code)),
        ),
      ]),
    ),
  ),
  "a push from a client": greeted(frame(TYPE.pushPromise, END_HEADERS, 1, block(fields))),
  "a GOAWAY, and then a call": greeted(
    frame(TYPE.goAway, 0, 0, Buffer.concat([uint32(0), uint32(0)])),
    call(1, fields, small),
  ),
  "a GOAWAY with an error": greeted(
    call(1, fields, small),
    frame(TYPE.goAway, 0, 0, Buffer.concat([uint32(1), uint32(2), noise(1000, 10)])),
  ),
  ...Object.fromEntries(
    [11, 12, 13, 14, 15, 16].map((seed) => [`frames of noise ${seed}`, noisyFrames(seed)]),
  ),
};

function noisyFrames(seed: number): Buffer {
  const bytes = noise(4000, seed);
  return many(50, (at) => {
    const [type = 0, flags = 0, stream = 0, length = 0] = bytes.subarray(at * 4);
    return frame(type % 10, flags, stream % 8, bytes.subarray(0, length));
  });
}

const HEADERS: Readonly<Record<string, Buffer>> = {
  "an invalid index": greeted(headers(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]))),
  "an integer without end": greeted(headers(Buffer.alloc(1000, 0xff))),
  "a string longer than its block": greeted(headers(Buffer.from([0, 0x7f, 0xff, 0xff, 3, 65]))),
  "a table that grows": greeted(headers(Buffer.from([0x3f, 0xff, 0xff, 0xff, 0xff, 7]))),
  "an invalid authority": calling({ ":authority": "[" }),
  "an empty authority": calling({ ":authority": "" }),
  "an authority with a path": calling({ ":authority": "a/b?c#d" }),
  "an authority with an invalid port": calling({ ":authority": "a:99999999" }),
  "an invalid host": calling({ ":authority": "[", host: "[" }),
  "no authority": withFields(fields.filter(([name]) => name !== ":authority")),
  "no path": withFields(fields.filter(([name]) => name !== ":path")),
  "no method": withFields(fields.filter(([name]) => name !== ":method")),
  "no scheme": withFields(fields.filter(([name]) => name !== ":scheme")),
  "no fields at all": withFields([]),
  "two paths": withFields([...fields, [":path", UNARY]]),
  "a field before the path": withFields([["a", "b"], ...fields]),
  "an unknown field of HTTP/2's own": withFields([[":colour", "red"], ...fields]),
  "an empty path": calling({ ":path": "" }),
  "a path without a slash": calling({ ":path": "echo" }),
  "a path that is a URL": calling({ ":path": "http://[/echo.Echo/Unary" }),
  "a path with dots": calling({ ":path": "/../../etc/passwd" }),
  "a path that is not UTF-8": calling({ ":path": "/%ff\xff" }),
  "a long path": calling({ ":path": `/${"x".repeat(20_000)}` }),
  "an invalid scheme": calling({ ":scheme": "javascript" }),
  "the method CONNECT": calling({ ":method": "CONNECT" }),
  "an invalid method": calling({ ":method": "G E T" }),
  "upper case": withFields([...fields, ["Note", "a"]]),
  "an empty name": withFields([...fields, ["", "a"]]),
  "an invalid name": withFields([...fields, ["a b(", "a"]]),
  "a value with a line feed": withFields([...fields, ["note", "a\r\nb: c"]]),
  "a value with a zero": withFields([...fields, ["note", "a\0b"]]),
  "a value that is not UTF-8": withFields([...fields, ["note", "\xff\xfe"]]),
  "headers of HTTP/1.1": withFields([...fields, ["connection", "close"], ["upgrade", "h2c"]]),
  "a length that is wrong": calling({ "content-length": "1" }),
  "an invalid length": calling({ "content-length": "-1" }),
  "an invalid binary value": calling({ "note-bin": "***" }),
  "a prototype": calling({ __proto__x: "1", constructor: "2", __proto__: "3" } as never),
  "an invalid type": calling({ "content-type": "application/grpc;;=" }),
  "1,000 headers": withFields([
    ...fields,
    ...Array.from({ length: 1000 }, () => ["a", "b"] as const),
  ]),
};

/** 50 MB in 50 KB. */
const BOMB = envelope(gzipSync(Buffer.alloc(50_000_000)), 1);

const MESSAGES: Readonly<Record<string, Buffer>> = {
  "a length of 4 GiB": calling({}, envelope(bytesValue(3), 0, 2 ** 32 - 1)),
  "an envelope without a message": calling({}, envelope(Buffer.alloc(0), 0, 10)),
  "half an envelope": calling({}, small.subarray(0, 2)),
  "no message": calling({}, Buffer.alloc(0)),
  "an invalid message": calling({}, envelope(noise(100, 20))),
  "invalid gzip": calling({ "grpc-encoding": "gzip" }, envelope(noise(100, 21), 1)),
  "gzip cut short": calling(
    { "grpc-encoding": "gzip" },
    envelope(gzipSync(bytesValue(1000)).subarray(0, -5), 1),
  ),
  "gzip bombs": greeted(
    ...Array.from({ length: 10 }, (_, at) =>
      call(1 + 2 * at, callFields(UNARY, { "grpc-encoding": "gzip" }), BOMB),
    ),
  ),
  "invalid JSON": calling(
    { "content-type": "application/grpc+json" },
    envelope(Buffer.from('{"a'.repeat(1000))),
  ),
  "a call of Connect cut short": calling({ "content-type": "application/connect+proto" }, small),
  "a call of gRPC-Web in invalid base64": calling(
    { "content-type": "application/grpc-web-text" },
    noise(100, 22),
  ),
  "trailers of the client's own": greeted(
    headers(block(fields)),
    frame(TYPE.data, 0, 1, small),
    headers(block([["note", "a"]]), END_HEADERS | END_STREAM),
  ),
};

const FLOODS: Readonly<Record<string, Buffer>> = {
  "of pings": many(10_000, () => frame(TYPE.ping, 0, 0, Buffer.alloc(8))),
  "of settings": many(10_000, () => SETTINGS),
  "of empty data": greeted(
    headers(block(fields)),
    ...Array.from({ length: 10_000 }, () => frame(TYPE.data, 0, 1)),
  ),
  "of continuations": greeted(
    headers(block(fields), 0),
    ...Array.from({ length: 2000 }, () => frame(TYPE.continuation, 0, 1, block([["a", "b"]]))),
  ),
  "of windows": many(10_000, () => frame(TYPE.windowUpdate, 0, 0, uint32(1))),
  "of priorities": many(10_000, (at) => frame(TYPE.priority, 0, 2 * at + 1, noise(5, at))),
  "of rapid resets": many(10_000, (at) =>
    Buffer.concat([
      headers(block(fields), END_HEADERS, 2 * at + 1),
      frame(TYPE.reset, 0, 2 * at + 1, uint32(8)),
    ]),
  ),
  "of streams": many(5000, (at) => headers(block(fields), END_HEADERS, 2 * at + 1)),
  "of unknown methods": many(2000, (at) => call(2 * at + 1, callFields("/a.B/C"), small)),
};

/** All of them. */
export const HOSTILE: Readonly<Record<string, Buffer>> = {
  ...NOT_HTTP2,
  ...FRAMES,
  ...HEADERS,
  ...MESSAGES,
  ...Object.fromEntries(Object.entries(FLOODS).map(([name, bytes]) => [`a flood ${name}`, bytes])),
};
