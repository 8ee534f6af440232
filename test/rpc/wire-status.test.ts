import assert from "node:assert/strict";
import { test } from "node:test";
import { WireStatus } from "../../src/rpc/wire-status.ts";

function framed(flags: number, text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const frame = new Uint8Array(5 + bytes.length);
  frame[0] = flags;
  new DataView(frame.buffer).setUint32(1, bytes.length);
  frame.set(bytes, 5);
  return frame;
}

const WEB = "application/grpc-web+proto";
const STREAM = "application/connect+json";

/** What is sent, and its status. */
const cases: readonly (readonly [
  what: string,
  head: readonly [status: number, type?: string, grpcStatus?: string | null],
  frames: readonly Uint8Array[],
  trailer: string | undefined,
  status: number | undefined,
])[] = [
  ["Connect", [200, "application/json"], [], undefined, 200],
  ["an error of Connect", [429, "application/json"], [], undefined, 429],
  ["a type that is not taken", [415], [], undefined, 415],
  ["gRPC, begun", [200, "application/grpc+proto"], [framed(0, "a")], undefined, undefined],
  ["gRPC", [200, "application/grpc+proto"], [framed(0, "a")], "0", 200],
  ["gRPC that fails", [200, "application/grpc"], [], "8", 429],
  ["gRPC without a type of its own", [200, "application/grpc"], [], "x", undefined],
  ["gRPC-Web, begun", [200, WEB], [framed(0, "a")], undefined, undefined],
  ["gRPC-Web", [200, WEB], [framed(0, "a"), framed(0x80, "grpc-status: 0\r\n")], undefined, 200],
  [
    "gRPC-Web that fails",
    [200, WEB],
    [framed(0x80, "x-a: grpc\r\nGrpc-Status:12\r\n")],
    undefined,
    501,
  ],
  ["gRPC-Web in headers alone", [200, WEB, "12"], [], undefined, 501],
  ["gRPC-Web with a long end", [200, WEB], [framed(0x81, "grpc-status: 3\r\n")], undefined, 200],
  ["a stream of Connect, begun", [200, STREAM], [framed(0, "{}")], undefined, undefined],
  ["a stream of Connect", [200, STREAM], [framed(0, "{}"), framed(2, "{}")], undefined, 200],
  [
    "a stream of Connect that fails",
    [200, STREAM],
    [framed(2, '{"error":{"code":"resource_exhausted"}}')],
    undefined,
    429,
  ],
];

for (const [what, head, frames, trailer, status] of cases) {
  test(`WireStatus reads the status of ${what}`, () => {
    const told = new WireStatus(...head);
    for (const frame of frames) told.body(frame);
    told.trailer(trailer);
    assert.equal(told.status, status);
  });
}
