import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type BackendFigures,
  BackendTrial,
  fastestBackend,
} from "../../../src/onnx/comparison/backends.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FakeOptions, fakeBackend, fakeModel, taking } from "../webgpu/fake-sessions.ts";

/** Tries a native backend beside WASM. */
async function tried(
  wasm: (clock: FakeClock) => FakeOptions | Error,
  native: (clock: FakeClock) => FakeOptions | Error,
) {
  const clock = new FakeClock();
  const trial = new BackendTrial({ model: fakeModel(), options: { threads: 1 }, clock });
  const backends = [
    fakeBackend("wasm", wasm(clock)),
    fakeBackend("native", native(clock)),
  ] as const;
  const figures = [await trial.reference(backends[0]), await trial.candidate(backends[1])];
  await trial.close();
  for (const { opened } of backends) assert.ok(opened.every(({ closed }) => closed));
  return { figures, verdict: fastestBackend(figures) };
}

test("BackendTrial times batches of several sizes, and the fastest backend is chosen", async () => {
  const { figures, verdict } = await tried(
    (clock) => ({ before: taking(clock, (rows) => 2 * rows) }),
    (clock) => ({ before: taking(clock, (rows) => 1 + rows / 2) }),
  );
  assert.deepEqual(figures, [
    { backend: "wasm", msByRows: { 1: 2, 4: 8, 16: 32 } },
    { backend: "native", msByRows: { 1: 1.5, 4: 3, 16: 9 } },
  ]);
  assert.equal(verdict?.backend, "native");
  assert.equal(
    verdict.reason,
    "runs of 1, 4, 16 rows took wasm 2, 8, 32 ms and native 1.5, 3, 9 ms",
  );
});

test("fastestBackend() keeps WASM if it is as fast", async () => {
  const slow = (clock: FakeClock) => ({ before: taking(clock, (rows) => 3 * rows) });
  assert.equal((await tried(slow, slow)).verdict?.backend, "wasm");
});

test("fastestBackend() does not choose a backend that cannot be used", async () => {
  const cases: readonly [FakeOptions | Error, RegExp][] = [
    [new Error("no such operator"), /native is not used: it cannot open the model: no such oper/],
    [
      { compute: (x) => (x > 100 ? Number.POSITIVE_INFINITY : 2 * x) },
      /native is not used: its output "y" was Infinity instead of/,
    ],
    [
      {
        before: (_, run) => {
          if (run > 1) throw new Error("lost");
        },
      },
      /native is not used: it failed: lost/,
    ],
  ];
  for (const [native, reason] of cases) {
    const { verdict } = await tried(
      () => ({}),
      () => native,
    );
    assert.equal(verdict?.backend, "wasm");
    assert.match(verdict.reason, reason);
  }
});

test("fastestBackend() chooses another backend where WASM cannot open the model", async () => {
  const { verdict } = await tried(
    () => new Error("2 GB"),
    () => ({}),
  );
  assert.equal(verdict?.backend, "native");
  assert.match(verdict.reason, /no other backend can open the model; wasm is not used: it cannot/);
});

test("fastestBackend() prefers what it knows by default if nothing could be compared", async () => {
  const fails = { before: () => assert.fail("no input will do") };
  const { verdict, figures } = await tried(
    () => fails,
    () => fails,
  );
  assert.equal(verdict?.backend, "native");
  assert.match(figures[1]?.notCompared ?? "", /takes none of the inputs/);
});

test("BackendTrial leaves out batches that would take too long", async () => {
  const { figures } = await tried(
    (clock) => ({ before: taking(clock, (rows) => 300 * rows) }),
    (clock) => ({ before: taking(clock, (rows) => 10 * rows) }),
  );
  assert.deepEqual(figures[0]?.msByRows, { 1: 300, 4: 1200 });
  assert.equal(fastestBackend(figures)?.reason.startsWith("runs of 1, 4 rows took"), true);
});

test("fastestBackend() returns nothing if no backend can be used", () => {
  const none: BackendFigures[] = [{ backend: "wasm", msByRows: {}, refused: "it is broken" }];
  assert.equal(fastestBackend(none), undefined);
});

test("BackendTrial makes up no inputs that are too large", async () => {
  const shape = ["n", 2 ** 30] as const;
  const { figures, verdict } = await tried(
    () => ({ shape }),
    () => ({ shape }),
  );
  const notCompared =
    "the model takes none of the inputs that were tried: they are too large to try";
  assert.deepEqual(figures, [
    { backend: "wasm", msByRows: {}, notCompared },
    { backend: "native", msByRows: {}, notCompared },
  ]);
  assert.deepEqual([verdict?.backend, verdict?.reason], ["native", notCompared]);
});
