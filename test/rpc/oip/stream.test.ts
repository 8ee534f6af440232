import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  GRPCInferenceService,
  type ModelInferRequestSchema,
  type ModelStreamInferResponse,
} from "../../../src/gen/inference/grpc_service_pb.ts";
import { type Outcome, outcomeOf } from "../../runtime/http2/grpc-client.ts";
import { silenced } from "../../support/silenced.ts";
import { until } from "../../support/until.ts";
import { Served } from "./served.ts";

const { modelStreamInfer: method } = GRPCInferenceService.method;
const PATH = `/${GRPCInferenceService.typeName}/${method.name}`;

type Request = MessageInitShape<typeof ModelInferRequestSchema>;

const X = { name: "x", datatype: "FP32", shape: [1n] };

/** A request of one float, by which its answer is known. */
const request = (modelName: string, value: number, more: Request = {}): Request => ({
  modelName,
  id: `request ${value}`,
  inputs: [{ ...X, contents: { fp32Contents: [value] } }],
  parameters: { binary_data_output: { parameterChoice: { case: "boolParam", value: false } } },
  ...more,
});

/** A stream of requests, and the answers so far. */
class InferStream {
  readonly answers: ModelStreamInferResponse[] = [];
  readonly outcome: Promise<Outcome>;
  readonly #stream;

  constructor(served: Served, timeoutMs?: number) {
    const options = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
    this.#stream = served.client.start(PATH, {}, options);
    this.outcome = outcomeOf(this.#stream);
    this.#stream.on("data", (bytes: Buffer) => {
      this.answers.push(fromBinary(method.output, bytes));
    });
  }

  send(init: Request): void {
    this.bytes(Buffer.from(toBinary(method.input, create(method.input, init))));
  }

  bytes(bytes: Buffer): void {
    this.#stream.write(bytes);
  }

  /** Ends the requests, and waits for the end of the answers. */
  async end(): Promise<Outcome> {
    this.#stream.end();
    return await this.outcome;
  }

  cancel(): void {
    this.#stream.cancel();
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** The ids of the answers so far, and the value or the error of each. */
  get said(): string[] {
    return this.answers.map(({ errorMessage, inferResponse }) => {
      const value = inferResponse?.outputs[0]?.contents?.fp32Contents[0];
      return `${inferResponse?.id}: ${errorMessage === "" ? value : errorMessage}`;
    });
  }
}

test("ModelStreamInfer answers each request, and ends when its caller does", async () => {
  await using served = await Served.open();
  const stream = new InferStream(served);
  for (const value of [1, 2, 3]) {
    stream.send(request("FP32", value));
    await until(() => stream.answers.length === value);
  }
  assert.equal((await stream.end()).code, 0);
  assert.deepEqual(stream.said, ["request 1: 1", "request 2: 2", "request 3: 3"]);
  const none = new InferStream(served);
  assert.equal((await none.end()).code, 0);
  assert.deepEqual(none.answers, []);
});

test("ModelStreamInfer runs requests at the same time, and answers in their order", async () => {
  await using served = await Served.open();
  const { waiting } = served.models;
  const stream = new InferStream(served);
  for (const value of [0, 1, 2]) stream.send(request("waits", value));
  stream.send(request("FP32", 3));
  await until(() => waiting.length === 3);
  for (const at of [2, 1]) waiting[at]?.resolve();
  await until(() => served.models.leases === 1);
  assert.deepEqual(stream.said, []);
  waiting[0]?.resolve();
  assert.equal((await stream.end()).code, 0);
  assert.deepEqual(
    stream.said,
    [0, 1, 2, 3].map((value) => `request ${value}: ${value}`),
  );
});

test("ModelStreamInfer answers a request that fails, and goes on", async () => {
  using _ = silenced();
  await using served = await Served.open();
  const stream = new InferStream(served);
  for (const [at, name] of ["nope", "FP32", "refuses", "crashes", "FP32"].entries()) {
    stream.send(request(name, at));
  }
  stream.send({ modelName: "FP32", inputs: [{ ...X, shape: [-1n] }] });
  assert.equal((await stream.end()).code, 0);
  assert.deepEqual(stream.said.slice(0, 5), [
    'request 0: Request for unknown model: there is no "nope"',
    "request 1: 1",
    "request 2: x is odd",
    "request 3: Internal error",
    "request 4: 4",
  ]);
  assert.match(stream.said[5] ?? "", /whole numbers from 0 .*but has -1/);
  assert.equal(served.models.leases, 0);
});

test("ModelStreamInfer marks final responses for those who ask", async () => {
  await using served = await Served.open();
  const stream = new InferStream(served);
  const asks = (value: boolean) => ({
    parameters: {
      triton_enable_empty_final_response: {
        parameterChoice: { case: "boolParam", value } as const,
      },
    },
  });
  for (const ask of [asks(true), asks(false), {}]) stream.send(request("FP32", 1, ask));
  await stream.end();
  const marks = stream.answers.map(({ inferResponse }) => inferResponse?.parameters ?? {});
  const [first, ...rest] = marks;
  assert.deepEqual(first?.["triton_final_response"]?.parameterChoice.value, true);
  assert.deepEqual(rest, [{}, {}]);
});

test("ModelStreamInfer ends with INVALID_ARGUMENT at a message that it cannot read", async () => {
  await using served = await Served.open();
  const stream = new InferStream(served);
  stream.send(request("FP32", 1));
  stream.bytes(Buffer.of(0xff, 0xff));
  // Ended: a stream that stays open is reset after a second, and Deno's client may see that first.
  const { code, details } = await stream.end();
  assert.equal(code, 3, details);
  assert.deepEqual(stream.said, ["request 1: 1"]);
});

test("ModelStreamInfer runs no more than 32 requests of a stream at the same time", async () => {
  await using served = await Served.open();
  const { models } = served;
  const stream = new InferStream(served);
  for (let value = 0; value < 100; value++) stream.send(request("waits", value));
  await until(() => models.waiting.length === 32);
  stream.send(request("FP32", 100));
  for (let next = 0; next < 100; next++) {
    await until(() => models.waiting.length > next);
    assert.ok(models.leases <= 32);
    models.waiting[next]?.resolve();
  }
  assert.equal((await stream.end()).code, 0);
  assert.equal(stream.answers.length, 101);
  assert.equal(models.leases, 0);
});

test("ModelStreamInfer ends with its deadline, and when its caller disconnects", async () => {
  await using served = await Served.open();
  const { models } = served;
  const late = new InferStream(served, 200);
  late.send(request("waits", 1));
  assert.equal((await late.outcome).code, 4);
  await until(() => models.leases === 0);
  const left = new InferStream(served);
  left.send(request("waits", 2));
  await until(() => models.leases === 1);
  left.cancel();
  await until(() => models.leases === 0);
});

test("ModelStreamInfer ends with UNAVAILABLE at a stop, after its last answers", async () => {
  await using served = await Served.open();
  const { waiting } = served.models;
  const [busy, idle] = [new InferStream(served), new InferStream(served)];
  busy.send(request("waits", 1));
  idle.send(request("FP32", 1));
  await until(() => waiting.length === 1 && idle.answers.length === 1);
  served.service.drain();
  assert.equal((await idle.outcome).code, 14);
  assert.deepEqual(busy.said, []);
  waiting[0]?.resolve();
  assert.equal((await busy.outcome).code, 14);
  assert.deepEqual(busy.said, ["request 1: 1"]);
});

test("ModelStreamInfer reads no more while its caller does not", async () => {
  await using served = await Served.open();
  const stream = new InferStream(served);
  const elements = 250_000;
  const rawInputContents = [new Uint8Array(4 * elements)];
  const large = {
    modelName: "FP32",
    rawInputContents,
    inputs: [{ ...X, shape: [BigInt(elements)] }],
  };
  const sent = 60;
  stream.pause();
  for (let at = 0; at < sent; at++) stream.send(large);
  stream.resume();
  assert.equal((await stream.end()).code, 0);
  assert.equal(stream.answers.length, sent);
  const sizes = stream.answers.map((each) => each.inferResponse?.rawOutputContents[0]?.length);
  assert.ok(sizes.every((size) => size === 4 * elements));
});
