import assert from "node:assert/strict";
import { test } from "node:test";
import type { OrtSessionOptions } from "../../../src/onnx/session.ts";
import type { Adapter } from "../../../src/onnx/webgpu/adapter.ts";
import { type Opened, openPreferred, type Preference } from "../../../src/onnx/webgpu/prefer.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FakeOptions, fakeBackend, fakeModel, taking } from "./fake-sessions.ts";

const HARDWARE: Adapter = { name: "acme 9000", isSoftware: false };
const SOFTWARE: Adapter = { name: "llvmpipe", isSoftware: true };
const NONE = "there is no GPU adapter: check the driver";

interface Scene {
  readonly choice: Preference["choice"];
  readonly adapter?: Adapter | string;
  readonly gpu?: FakeOptions | Error;
  readonly wasm?: FakeOptions | Error;
  /** The milliseconds of a run. */
  readonly gpuMs?: (rows: number) => number;
  readonly wasmMs?: (rows: number) => number;
  readonly verify?: boolean;
  readonly bytes?: number;
  readonly sessionOptions?: OrtSessionOptions;
}

async function opened(scene: Scene) {
  const { choice, verify = true, bytes, sessionOptions = {} } = scene;
  const { gpu = {}, wasm = {}, gpuMs = () => 1, wasmMs = () => 10 } = scene;
  const clock = new FakeClock();
  const timed = (given: FakeOptions | Error, ms: (rows: number) => number) =>
    given instanceof Error ? given : { before: taking(clock, ms), ...given };
  const places = {
    webgpu: fakeBackend("webgpu", timed(gpu, gpuMs)),
    wasm: fakeBackend("wasm", timed(wasm, wasmMs)),
    findAdapter: async () => scene.adapter ?? HARDWARE,
    clock,
  };
  const options = { threads: 1, sessionOptions };
  const result: Opened = await openPreferred(
    { model: fakeModel(bytes), options, choice, verify },
    places,
  );
  return { result, ...places };
}

/** The sessions that are open in the end: "webgpu", "wasm", or both. */
function stillOpen({ webgpu, wasm }: Awaited<ReturnType<typeof opened>>): string {
  return [webgpu, wasm]
    .filter(({ opened: all }) => all.some(({ closed }) => !closed))
    .map(({ name }) => name)
    .join(" and ");
}

const wrong = { compute: () => Number.NaN };
const instead = "runs on wasm instead of webgpu";
const unknown = { compute: (_: number, run: number) => run };
const randomly = "the model answers the same input differently each time";

const cases: readonly [string, Scene, Pick<Opened, "backend" | "notice" | "detail">][] = [
  ["webgpu on a GPU that agrees", { choice: "webgpu" }, { backend: "webgpu" }],
  ["auto on one that agrees and is faster", { choice: "auto" }, { backend: "webgpu" }],
  [
    "webgpu on one that agrees and is slower",
    { choice: "webgpu", gpuMs: () => 100 },
    { backend: "webgpu" },
  ],
  [
    "auto on one that is slower",
    { choice: "auto", gpuMs: () => 100 },
    {
      backend: "wasm",
      detail: `${instead}: it took 200.0 ms for runs that take 20.0 ms on wasm`,
    },
  ],
  [
    "auto on one that is hardly faster",
    { choice: "auto", gpuMs: () => 9 },
    { backend: "wasm", detail: `${instead}: it took 18.0 ms for runs that take 20.0 ms on wasm` },
  ],
  [
    "auto on one that is faster with more rows",
    { choice: "auto", gpuMs: () => 15, wasmMs: (rows) => 10 * rows },
    { backend: "webgpu" },
  ],
  [
    "webgpu without an adapter",
    { choice: "webgpu", adapter: NONE },
    { backend: "wasm", notice: `${instead}: ${NONE}` },
  ],
  [
    "auto without an adapter",
    { choice: "auto", adapter: NONE },
    { backend: "wasm", detail: `${instead}: ${NONE}` },
  ],
  [
    "webgpu in software",
    { choice: "webgpu", adapter: SOFTWARE },
    {
      backend: "webgpu",
      notice: 'runs on webgpu, but the GPU adapter "llvmpipe" is in software, slower than wasm',
    },
  ],
  [
    "auto in software",
    { choice: "auto", adapter: SOFTWARE },
    {
      backend: "wasm",
      detail: `${instead}: the GPU adapter "llvmpipe" is in software and slower`,
    },
  ],
  ...(["webgpu", "auto"] as const).flatMap((choice): (typeof cases)[number][] => [
    [
      `${choice} on one that differs`,
      { choice, gpu: wrong, wasm: { compute: () => 1 } },
      {
        backend: "wasm",
        notice: `${instead}: its output "y" was NaN instead of 1.000 (inputs normally distributed)`,
      },
    ],
    [
      `${choice} on one that cannot open the model`,
      { choice, gpu: new Error("Foo is not implemented") },
      { backend: "wasm", notice: `${instead}: it cannot be opened there: Foo is not implemented` },
    ],
  ]),
  [
    "webgpu with a random model",
    { choice: "webgpu", wasm: unknown },
    {
      backend: "webgpu",
      notice: `runs on webgpu, but its answers were not compared: ${randomly}`,
    },
  ],
  [
    "auto with a random model",
    { choice: "auto", wasm: unknown },
    { backend: "wasm", detail: `${instead}: it was not compared: ${randomly}` },
  ],
  [
    "webgpu with a model that only a GPU can open",
    { choice: "webgpu", wasm: new Error("no such kernel") },
    {
      backend: "webgpu",
      notice:
        "runs on webgpu, but its answers were not compared: wasm cannot open it: no such kernel",
    },
  ],
  [
    "webgpu with a large model",
    { choice: "webgpu", bytes: 2 ** 29 + 1, gpu: wrong },
    {
      backend: "webgpu",
      notice:
        "runs on webgpu, but its answers were not compared: the model has 513 MiB, and those " +
        "above 512 MiB are not opened twice",
    },
  ],
  [
    "auto with a large model",
    { choice: "auto", bytes: 2 ** 29 + 1 },
    {
      backend: "wasm",
      detail:
        `${instead}: it was not compared: the model has 513 MiB, and those above 512 MiB are ` +
        "not opened twice",
    },
  ],
  [
    "webgpu with large weights",
    {
      choice: "webgpu",
      sessionOptions: { externalData: [{ path: "w", data: new Uint8Array(2 ** 29) }] },
      gpu: new Error("out of memory"),
    },
    { backend: "wasm", notice: `${instead}: it cannot be opened there: out of memory` },
  ],
  [
    "webgpu without a comparison",
    { choice: "webgpu", verify: false, gpu: wrong },
    { backend: "webgpu" },
  ],
  [
    "auto without a comparison",
    { choice: "auto", verify: false },
    {
      backend: "wasm",
      detail: `${instead}: it was not compared: it is opened with verify: false`,
    },
  ],
];

for (const [name, scene, expected] of cases) {
  test(`openPreferred() opens ${name}: ${expected.backend}`, async () => {
    const all = await opened(scene);
    const { session, ...said } = all.result;
    assert.deepEqual(said, expected);
    assert.equal(stillOpen(all), expected.backend);
    assert.ok(all[expected.backend].opened.includes(session as never));
  });
}

test("openPreferred() throws the error of WASM if neither can open the model", async () => {
  for (const choice of ["webgpu", "auto"] as const) {
    const scene = { choice, gpu: new Error("not on a GPU"), wasm: new Error("not a model") };
    await assert.rejects(opened(scene), { message: "not a model" });
  }
});

test("openPreferred() keeps the options of a GPU from WASM", async () => {
  const sessionOptions = {
    executionProviders: ["webgpu"],
    preferredOutputLocation: "gpu-buffer",
    enableGraphCapture: true,
    graphOptimizationLevel: "basic",
  } as const;
  for (const adapter of [HARDWARE, NONE]) {
    const { webgpu, wasm } = await opened({ choice: "webgpu", adapter, sessionOptions });
    assert.deepEqual(wasm.options[0]?.sessionOptions, { graphOptimizationLevel: "basic" });
    if (adapter === HARDWARE) assert.equal(webgpu.options[0]?.sessionOptions, sessionOptions);
  }
});

test("openPreferred() does not wait for a run that never ends", async () => {
  const clock = new FakeClock();
  const places = {
    webgpu: fakeBackend("webgpu", { before: () => new Promise(() => {}) }),
    wasm: fakeBackend("wasm"),
    findAdapter: async () => HARDWARE,
    clock,
  };
  const request = { model: fakeModel(), options: { threads: 1 }, verify: true } as const;
  const opening = openPreferred({ ...request, choice: "webgpu" }, places);
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(30_000);
  const { backend, notice } = await opening;
  assert.equal(backend, "wasm");
  assert.match(notice ?? "", /: it failed: it did not answer within 30 s/);
});
