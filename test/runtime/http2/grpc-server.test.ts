/** Calls of all kinds, by a client of others, and by both ways to answer them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { UInt32ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { bytesValue, outcomeOf } from "./grpc-client.ts";
import { openEcho, WAYS } from "./open-echo.ts";

const MIB = 1024 * 1024;

for (const way of WAYS) {
  test(`openGrpcServer() answers unary calls, by ${way}`, async () => {
    await using echo = await openEcho(way);
    for (const length of [0, 3, 3000, 70_000, 5 * MIB]) {
      const { code, details, messages } = await echo.client.call("/echo.Echo/Unary", [
        bytesValue(length),
      ]);
      assert.deepEqual([code, details, messages.length], [0, "", 1]);
      assert.ok(messages[0]?.equals(bytesValue(length)));
    }
    assert.equal(echo.seen.running, 0);
  });

  test(`openGrpcServer() streams answers, by ${way}`, async () => {
    await using echo = await openEcho(way);
    for (const times of [0, 1, 500]) {
      const { code, messages } = await echo.client.call("/echo.Echo/Repeat", [bytesValue(3000)], {
        times: String(times),
      });
      assert.deepEqual([code, messages.length], [0, times]);
      assert.ok(messages.every((message) => message.equals(bytesValue(3000))));
    }
  });

  test(`openGrpcServer() receives and sends metadata, binary too, by ${way}`, async () => {
    await using echo = await openEcho(way);
    const binary = Buffer.from([0, 1, 254, 255]);
    for (const path of ["/echo.Echo/Unary", "/echo.Echo/Repeat"]) {
      const { header, trailer } = await echo.client.call(path, [bytesValue(3)], {
        note: "a; b, c",
        "note-bin": binary,
      });
      assert.deepEqual(header?.get("note"), ["a; b, c"]);
      assert.deepEqual(header?.get("note-bin"), [binary]);
      assert.deepEqual(trailer.get("late-note"), ["a; b, c"]);
      assert.deepEqual(trailer.get("late-note-bin"), [binary]);
    }
  });

  test(`openGrpcServer() sends errors with details and metadata, by ${way}`, async () => {
    await using echo = await openEcho(way);
    for (const [path, when] of [
      ["/echo.Echo/Unary", "fail"],
      ["/echo.Echo/Repeat", "fail"],
      ["/echo.Echo/Repeat", "fail-late"],
    ] as const) {
      const { code, details, trailer } = await echo.client.call(path, [bytesValue(3)], {
        [when]: String(Code.NotFound),
      });
      assert.deepEqual([code, details], [Code.NotFound, "Größe: 50 %, \n/a/b?"]);
      assert.deepEqual(trailer.get("why"), ["asked"]);
      const status = String(trailer.get("grpc-status-details-bin")[0]);
      assert.match(status, /type\.googleapis\.com\/google\.protobuf\.StringValue/);
    }
  });

  test(`openGrpcServer() masks errors that are not meant for callers, by ${way}`, async () => {
    await using echo = await openEcho(way);
    for (const path of ["/echo.Echo/Unary", "/echo.Echo/Repeat"]) {
      const { code, details } = await echo.client.call(path, [bytesValue(3)], { fail: "error" });
      assert.deepEqual([code, details], [Code.Internal, "internal error"]);
    }
  });

  test(`openGrpcServer() answers UNIMPLEMENTED to unknown methods, by ${way}`, async () => {
    await using echo = await openEcho(way);
    for (const [path, words] of [
      ["/echo.Echo/Missing", "echo.Echo.Missing is not implemented"],
      ["/echo.Echo/Nothing", "unknown method /echo.Echo/Nothing"],
      ["/nobody.Nowhere/Unary", "unknown method /nobody.Nowhere/Unary"],
      [`/${"n".repeat(9000)}`, `unknown method /${"n".repeat(99)}…`],
    ] as const) {
      const { code, details } = await echo.client.call(path, [bytesValue(3000)]);
      assert.deepEqual([code, details], [Code.Unimplemented, words]);
    }
  });

  test(`openGrpcServer() reads gzip, and answers it with gzip, by ${way}`, async () => {
    await using echo = await openEcho(way);
    for (const path of ["/echo.Echo/Unary", "/echo.Echo/Repeat"]) {
      const { code, messages } = await echo.client.call(path, [bytesValue(200_000)], {
        "grpc-internal-encoding-request": "gzip",
        times: "1",
      });
      assert.deepEqual([code, messages.length], [0, 1]);
      assert.ok(messages[0]?.equals(bytesValue(200_000)));
    }
  });

  test(`openGrpcServer() refuses messages above its bound, not answers, by ${way}`, async () => {
    await using echo = await openEcho(way, { limits: { maxMessageBytes: 100_000 } });
    for (const encoding of ["identity", "gzip"]) {
      const metadata = { "grpc-internal-encoding-request": encoding };
      const call = (length: number) =>
        echo.client.call("/echo.Echo/Unary", [bytesValue(length)], metadata);
      assert.equal((await call(100_000 - 4)).code, 0);
      const { code, details } = await call(100_001);
      assert.equal(code, Code.ResourceExhausted);
      assert.match(details, /^message .*larger than configured readMaxBytes 100000/);
    }
    for (const path of ["/echo.Echo/Unary", "/echo.Echo/Repeat"]) {
      const { code, messages } = await echo.client.call(path, [bytesValue(3)], {
        length: "100001",
      });
      assert.equal(code, 0);
      assert.ok((messages[0]?.length ?? 0) > 100_000);
    }
  });

  test(`openGrpcServer() serves the calls that the short path leaves out, by ${way}`, async () => {
    await using echo = await openEcho(way);
    const parts = [bytesValue(70_000), bytesValue(0), bytesValue(3)];
    const counted = await echo.client.call("/echo.Echo/Count", parts);
    assert.equal(fromBinary(UInt32ValueSchema, counted.messages[0] as Buffer).value, 70_003);

    const chat = echo.client.start("/echo.Echo/Chat");
    const outcome = outcomeOf(chat);
    for (const length of [1, 2, 70_000]) {
      const answered = new Promise<Buffer>((resolve) => chat.once("data", resolve));
      chat.write(bytesValue(length));
      assert.ok((await answered).equals(bytesValue(length)), "each is answered before the next");
    }
    chat.end();
    assert.equal((await outcome).code, 0);
  });

  test(`openGrpcServer() answers a hundred calls at once, by ${way}`, async () => {
    await using echo = await openEcho(way);
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, at) =>
        echo.client.call("/echo.Echo/Unary", [bytesValue(at)]),
      ),
    );
    assert.ok(outcomes.every(({ messages }, at) => messages[0]?.equals(bytesValue(at))));
  });
}
