/** The client over Connect and gRPC-Web. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { app, fromRows, tensor } from "ekiben";
import { client, ServiceError } from "ekiben/client";
import { connectTransport } from "ekiben/client/connect";
import { example } from "./example-service.ts";

const host = app(example);

for (const protocol of ["connect", "grpc-web"] as const) {
  const transport = connectTransport(protocol);
  const calls = client<typeof example>(host, { transport });

  test(`${protocol}: values of every descriptor`, async () => {
    assert.equal(await calls.text("Grüße\0"), "Grüße\0");
    const value = { a: [1, "b", null, { c: true }] };
    assert.deepEqual(await calls.json(value), value);
    const { hello } = await calls.greet({ name: "Ada", times: 2 });
    assert.equal(hello, "AdaAda");
    for (const each of [
      tensor("float32", [1, 2], Float32Array.of(0.1, Number.NaN)),
      tensor("int64", [1], BigInt64Array.of(2n ** 62n)),
      tensor("bool", [2], Uint8Array.of(1, 0)),
      tensor("string", [1], ["a"]),
    ]) {
      assert.deepEqual(await calls.array(each), each);
    }
    assert.deepEqual((await calls.floats([[1, 2]])).shape, [1, 2]);
    const named = { ids: tensor("int64", [1], BigInt64Array.of(7n)) };
    assert.deepEqual(await calls.typed(named), named);
    const frame = fromRows([{ name: "Ada", age: 36 }]);
    const { columns, data } = await calls.columns(frame);
    assert.deepEqual({ columns, data }, frame);
    assert.deepEqual((await calls.series({ data: [1, 2] })).data, [1, 2]);
    const pixels = { width: 1, height: 1, data: Uint8ClampedArray.of(1, 2, 3, 255) };
    assert.deepEqual(await calls.pixels(pixels), [1, 1, 1, 2, 3, 255]);
    assert.equal((await calls.picture(pixels)).type, "image/png");
    const file = await calls.file(new Blob(["hello"], { type: "application/x-test" }));
    assert.deepEqual([file.type, await file.text()], ["application/x-test", "hello"]);
    const form = { note: "n", size: { width: 3 }, picture: pixels, extra: Uint8Array.of(1) };
    const answer = await calls.form(form);
    assert.deepEqual([answer.note, answer.size, answer.extra.size], ["n", { width: 3 }, 1]);
    assert.deepEqual(await calls.dots(Uint8Array.of(46)), Uint8Array.of(46, 46));
  });

  test(`${protocol}: streams`, async () => {
    const seen: string[] = [];
    for await (const letter of calls.spell("abc")) seen.push(letter);
    assert.deepEqual(seen, ["a", "b", "c"]);
    let items = 0;
    await assert.rejects(
      async () => {
        for await (const _ of calls.break("first")) items += 1;
      },
      (error) => error instanceof ServiceError && error.message === "broken after first",
    );
    // Its handler is no generator, so that only REST can tell.
    await assert.rejects(calls.either("ab"), /"either" answers with a stream/);
    assert.equal(items, 1);
  });

  test(`${protocol}: errors, deadlines, cancellation and headers`, async () => {
    const headers = { "x-request-id": "mine" };
    await assert.rejects(calls.refuse("unavailable", { headers, retries: 0 }), (error) => {
      assert.ok(error instanceof ServiceError);
      const { code, message, requestId, retryAfterSeconds } = error;
      const wanted = ["unavailable", "refused as unavailable", "mine", 7];
      assert.deepEqual([code, message, requestId, retryAfterSeconds], wanted);
      return true;
    });
    await assert.rejects(calls.hang("", { timeoutMs: 30 }), { code: "deadline_exceeded" });
    const aborter = new AbortController();
    const call = calls.hang("", { signal: aborter.signal });
    aborter.abort();
    await assert.rejects(call, { code: "canceled" });
    assert.equal(await calls.headers("ekiben-lane", { lane: "bulk" }), "bulk");
    const float16 = tensor("float16", [1], Float16Array.of(1));
    await assert.rejects(calls.array(float16), /^TypeError: Cannot send over Connect: .*float16/);
  });

  test(`${protocol}: a server that is not there`, async () => {
    const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    let attempts = 0;
    const fetch = (request: Request): Response | Promise<Response> => {
      if (request.method === "GET") return host.fetch(request);
      attempts += 1;
      throw new TypeError("fetch failed", { cause });
    };
    const lost = client<typeof example>({ fetch }, { transport, retries: 1 });
    await assert.rejects(lost.text(""), { code: "unavailable" });
    assert.equal(attempts, 2);
  });
}

test("another protocol is refused", () => {
  assert.throws(
    () => connectTransport("grpc" as never),
    /must be "connect" or "grpc-web", but was/,
  );
});
