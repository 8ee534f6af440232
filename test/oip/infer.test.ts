import assert from "node:assert/strict";
import { test } from "node:test";
import { host } from "../../src/host/server.ts";
import { infer } from "../../src/oip/infer.ts";
import type { InferRequest, Parameters } from "../../src/oip/messages.ts";
import { scheduleOf } from "../../src/oip/schedule.ts";
import { OneModel } from "../../src/repository/one-model.ts";
import { Repository } from "../../src/repository/repository.ts";
import type { CallOptions } from "../../src/runner/call-options.ts";
import type { Context } from "../../src/service/context.ts";
import type { ServedModel } from "../../src/service/models.ts";
import { tensor } from "../../src/tensor.ts";
import { modelUrl } from "../onnx/models/index.ts";
import { FakeClock } from "../support/fake-clock.ts";

async function loaded(name: string, more: object = {}): Promise<Repository> {
  const models = new Repository({
    catalog: new OneModel("m", modelUrl(name), { backend: "wasm", ...more }),
    batchingOf: () => ({ choice: "auto", overridesOff: false }),
  });
  await models.start(host);
  return models;
}

/** Returns the context of a request. */
function contextOf(more: Partial<Context> = {}): Context {
  const { signal } = new AbortController();
  const limits = { signal, deadlineAt: Number.POSITIVE_INFINITY, lane: "interactive" };
  return { ...limits, ...more } as Context;
}

function request(more: Partial<InferRequest>): InferRequest {
  return { id: "1", parameters: {}, inputs: {}, outputs: undefined, ...more };
}

test("infer() answers the outputs in the order of the request", async () => {
  const models = await loaded("two_inputs_unrelated");
  try {
    const model = models.loaded("m");
    const inputs = {
      x: tensor("float32", [1, 2], new Float32Array([2, 3])),
      w: tensor("float32", [2, 2], new Float32Array([1, 2, 3, 4])),
    };
    const y = tensor("float32", [1, 2], new Float32Array([4, 9]));
    const z = tensor("float32", [2, 2], new Float32Array([-1, -2, -3, -4]));
    const cases: readonly (readonly [names: string[] | undefined, wanted: object[]])[] = [
      [
        undefined,
        [
          { name: "y", tensor: y },
          { name: "z", tensor: z },
        ],
      ],
      [
        ["z", "y"],
        [
          { name: "z", tensor: z },
          { name: "y", tensor: y },
        ],
      ],
      [["z"], [{ name: "z", tensor: z }]],
    ];
    for (const [names, wanted] of cases) {
      const outputs = names?.map((name) => ({ name, parameters: {} }));
      assert.deepEqual(await infer(model, request({ inputs, outputs }), contextOf()), {
        modelName: "m",
        modelVersion: "1",
        id: "1",
        requested: {},
        outputs: wanted.map((each) => ({ ...each, requested: {} })),
      });
    }
    const wrong: readonly (readonly [Partial<InferRequest>, RegExp])[] = [
      [{ outputs: [{ name: "q", parameters: {} }] }, /Unknown output "q": .* "m" are "y", "z"/],
      [
        { outputs: ["z", "y", "z"].map((name) => ({ name, parameters: {} })) },
        /Output "z" was requested twice/,
      ],
      [
        { outputs: [{ name: "z", parameters: { binary_data: 1 } }] },
        /"binary_data" must be true or false, but was 1/,
      ],
      [
        { outputs: [{ name: "z", parameters: { classification: -1 } }] },
        /"classification" must be a whole number from 0 up, but was -1/,
      ],
      [
        { outputs: [{ name: "z", parameters: { shared_memory_region: "r" } }] },
        /Output "z" is in shared memory, which this server does not have/,
      ],
      [{ parameters: { timeout: -1n } }, /whole number from 0 up, but was -1$/],
      [{ parameters: { binary_data_output: "yes" } }, /"binary_data_output" must be true or/],
      [{ parameters: { priority: "high" } }, /"priority" must be a whole number from 0 up/],
      [{ parameters: { timeout: 0.5 } }, /"timeout" must be a whole number from 0 up/],
    ];
    for (const [more, message] of wrong) {
      const work = infer(model, request({ inputs, ...more }), contextOf());
      await assert.rejects(work, { code: "invalid_argument", message });
    }
  } finally {
    await models.close();
  }
});

test("infer() classifies an output along its rows, with the labels of the model", async () => {
  const models = await loaded("bool", { classLabels: { y: ["a", "b"] } });
  try {
    const model = models.loaded("m");
    assert.deepEqual(model.rowAxes?.output, { y: 0 });
    const inputs = { x: tensor("bool", [2, 4], new Uint8Array([1, 0, 1, 1, 0, 0, 0, 0])) };
    const outputs = [{ name: "y", parameters: { classification: 2 } }];
    const answer = await infer(model, request({ inputs, outputs }), contextOf());
    const data = ["1:1:b", "0:0:a", "1:0:a", "1:1:b"];
    assert.deepEqual(answer.outputs[0]?.tensor, { dtype: "string", shape: [2, 2], data });
  } finally {
    await models.close();
  }
});

test("infer() refuses a call whose timeout is over", async () => {
  const models = await loaded("bool");
  try {
    const inputs = { x: tensor("bool", [1, 4]) };
    const parameters = { timeout: 1 };
    const work = infer(models.loaded("m"), request({ inputs, parameters }), contextOf());
    await assert.rejects(work, (error: { code?: string }) =>
      ["deadline_exceeded", "unavailable"].includes(error.code ?? ""),
    );
    const enough = { timeout: 60_000_000, priority: 2, sequence_id: 5, sequence_start: true };
    const answer = await infer(
      models.loaded("m"),
      request({ inputs, parameters: enough }),
      contextOf(),
    );
    assert.deepEqual(answer.outputs[0]?.tensor.data, new Uint8Array([1, 1, 1, 1]));
  } finally {
    await models.close();
  }
});

test("infer() runs the model within the limits of the request", async () => {
  const clock = new FakeClock();
  clock.advance(1000);
  let limits: CallOptions = {};
  const hanging = {
    name: "m",
    outputs: [],
    run: (_: unknown, call: CallOptions = {}) => {
      limits = call;
      return new Promise((_, reject) => {
        call.signal?.addEventListener("abort", () => reject(call.signal?.reason));
      });
    },
  } as unknown as ServedModel;
  const start = (parameters: Parameters, context = contextOf({ caller: "c", answerMs: 3 })) => {
    const work = infer(hanging, request({ parameters }), context, clock);
    work.catch(() => {});
    return work;
  };
  const late = start({ timeout: 2000, priority: 2 });
  const { lane, caller: of, answerMs, deadlineAt } = limits;
  const wanted = { lane: "bulk", of: "c", answerMs: 3, deadlineAt: 1002 };
  assert.deepEqual({ lane, of, answerMs, deadlineAt }, wanted);
  clock.advance(2);
  await assert.rejects(late, { code: "deadline_exceeded", message: /"m": the timeout is over/ });
  assert.equal(clock.pending, 0);

  const caller = new AbortController();
  const left = start({ timeout: 2000 }, contextOf({ signal: caller.signal }));
  caller.abort(new Error("left"));
  await assert.rejects(left, { message: "left" });
  assert.equal(clock.pending, 0);

  // It is over before it is waited for.
  const waits: number[] = [];
  const slow = {
    now: () => {
      clock.advance(3);
      return clock.now();
    },
    after(ms: number, callback: () => void) {
      waits.push(ms);
      return clock.after(ms, callback);
    },
  };
  const over = infer(hanging, request({ parameters: { timeout: 2000 } }), contextOf(), slow);
  clock.advance(0);
  await assert.rejects(over, { code: "deadline_exceeded" });
  assert.deepEqual(waits, [0]);

  // The request itself ends earlier.
  start({ timeout: 2000 }, contextOf({ deadlineAt: clock.now() + 1 }));
  assert.equal(limits.deadlineAt, clock.now() + 1);
  assert.equal(clock.pending, 0);
});

test("scheduleOf() maps priorities to lanes, and microseconds to a deadline", () => {
  const cases: readonly (readonly [Parameters, object])[] = [
    [{}, {}],
    [{ priority: 0, timeout: 0 }, {}],
    [{ priority: 1 }, { lane: "interactive" }],
    [{ priority: 2 }, { lane: "bulk" }],
    [{ priority: 2n ** 64n - 1n }, { lane: "bulk" }],
    [{ timeout: 1500 }, { deadlineAt: 101.5 }],
  ];
  for (const [parameters, wanted] of cases) assert.deepEqual(scheduleOf(parameters, 100), wanted);
});
