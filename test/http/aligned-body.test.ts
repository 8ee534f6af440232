import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteBudget } from "../../src/byte-budget.ts";
import { receiveBody } from "../../src/http/body.ts";
import { WebRequest } from "../../src/http/received-request.ts";
import { Random, SEED } from "../support/random.ts";

/** Returns a request whose body arrives in chunks of random lengths. */
function requestOf(bytes: Uint8Array, isDeclared: boolean, random: Random): WebRequest {
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const begin = at;
      at += 1 + random.below(random.of([10, 1000, 50_000]));
      controller.enqueue(bytes.subarray(begin, at));
      if (at >= bytes.length) controller.close();
    },
  });
  const headers = isDeclared ? { "content-length": String(bytes.length) } : {};
  const init = { method: "POST", body, headers, duplex: "half" };
  return new WebRequest(new Request("http://localhost/", init), false);
}

test("receiveBody() aligns a large body at the position that is wanted", async () => {
  const random = new Random(SEED);
  const context = {
    orAborted: <T>(work: PromiseLike<T>) => Promise.resolve(work),
    orLate: () => assert.fail("the length is not checked"),
    isAborted: false,
  };
  const decompress = () => assert.fail("nothing is compressed");
  for (let round = 0; round < 60; round++) {
    const bytes = Uint8Array.from({ length: 65_537 + random.below(500_000) }, (_, at) => at % 251);
    const alignedAt = random.below(300);
    const share = new ByteBudget(bytes.length).open();
    const limits = { maxBytes: bytes.length, share, context, decompress, alignedAt };
    const body = await receiveBody(requestOf(bytes, round % 2 === 0, random), limits);
    assert.equal(body.length, bytes.length, `SEED=${SEED}`);
    assert.equal(
      body.findIndex((byte, at) => byte !== bytes[at]),
      -1,
      `SEED=${SEED}`,
    );
    assert.equal((body.byteOffset + alignedAt) % 8, 0, `SEED=${SEED}`);
  }
});
