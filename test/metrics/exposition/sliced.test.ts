import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyOf, fakeTime, quiet, textOf } from "../exposed.ts";

const FORMATS = [
  "text/plain",
  "application/openmetrics-text",
  "application/vnd.google.protobuf",
] as const;

for (const accept of FORMATS) {
  test(`MetricsRegistry.expose() pauses every 3 ms (${accept})`, async () => {
    const time = fakeTime();
    let pauses = 0;
    let read = 0;
    const registry = quiet({
      ...time,
      pause: async () => {
        pauses += 1;
        // Between two are 3 ms: three samples of 1 ms.
        assert.equal(read, 3 * pauses);
      },
    });
    const gauge = registry.gauge("x", { help: "x", labels: ["a"] });
    for (let a = 1; a <= 23; a += 1) {
      gauge.setFunction({ a }, () => {
        read += 1;
        time.advance(1);
        return a;
      });
    }
    await bodyOf(registry, accept);
    assert.equal(read, 23);
    assert.equal(pauses, 7);
  });
}

test("MetricsRegistry.expose() writes the same in many chunks as in one", async () => {
  const registry = quiet({ maxSeries: 5000 });
  const counter = registry.counter("x", { help: "x", labels: ["a"] });
  for (let a = 0; a < 5000; a += 1) counter.inc({ a: `${"ä".repeat(20)}${a}` }, a);
  const { body } = await registry.expose(null);
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    chunks.push(read.value);
  }
  assert.ok(chunks.length > 2, `${chunks.length} chunks`);
  for (const chunk of chunks) assert.ok(chunk.length < 200_000, `${chunk.length} bytes`);
  // Split between characters: each chunk is text.
  const strict = new TextDecoder("utf-8", { fatal: true });
  const text = chunks.map((chunk) => strict.decode(chunk)).join("");
  assert.equal(text, await textOf(registry));
  assert.equal(text.split("\n").length, 5003);
});

test("MetricsRegistry.expose() writes nothing that is not read", async () => {
  const registry = quiet();
  let asked = 0;
  registry.gauge("x", { help: "x" }).setFunction(() => {
    asked += 1;
    return 1;
  });
  const { body } = await registry.expose(null);
  await body.cancel();
  assert.equal(asked, 0);
});

test("MetricsRegistry.expose() includes series and metrics that are added meanwhile", async () => {
  const registry = quiet();
  const gauge = registry.gauge("x", { help: "x", labels: ["a"] });
  gauge.setFunction({ a: "1" }, () => {
    gauge.set({ a: "2" }, 2);
    registry.counter("y", { help: "y" });
    return 1;
  });
  const text = await textOf(registry);
  assert.match(text, /^x\{a="1"\} 1\nx\{a="2"\} 2$/m);
  assert.match(text, /^y_total 0$/m);
});
