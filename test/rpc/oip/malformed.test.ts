/** Requests that are damaged at random: always the fault of their sender. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  GRPCInferenceService,
  ModelInferRequestSchema,
} from "../../../src/gen/inference/grpc_service_pb.ts";
import { bytesOfTensor, type SizedDType } from "../../../src/io/tensor/bytes.ts";
import { DATATYPES, type Datatype } from "../../../src/oip/datatypes.ts";
import { type Tensor, tensor } from "../../../src/tensor.ts";
import { type Random, seeded } from "../../support/random.ts";
import { Served } from "./served.ts";

const SERVICE = `/${GRPCInferenceService.typeName}`;

/** The codes of gRPC that are the fault of the sender, or success. */
const [OK, INVALID_ARGUMENT, NOT_FOUND] = [0, 3, 5];

const TEXTS = Uint8Array.of(1, 0, 0, 0, 0x61, 0, 0, 0, 0);
const names = Object.keys(DATATYPES) as Datatype[];

/** A valid request, for a tensor of two elements: raw, or in the contents of its datatype. */
function validRequest(random: Random): Uint8Array {
  const datatype = random.of(names);
  const dtype = DATATYPES[datatype];
  const raw = dtype === "string" ? TEXTS : bytesOfTensor(tensor(dtype, [2]) as Tensor<SizedDType>);
  const fields = [
    { boolContents: [true, false] },
    { intContents: [1, -1] },
    { int64Contents: [1n, -1n] },
    { uintContents: [1, 2] },
    { uint64Contents: [1n, 2n] },
    { fp32Contents: [1, 2] },
    { fp64Contents: [1, 2] },
    { bytesContents: [TEXTS, TEXTS] },
  ];
  const isRaw = random.below(2) === 0;
  const input = { name: "x", datatype, shape: [2n] };
  const parameter = (value: bigint) => ({
    parameterChoice: { case: "int64Param" as const, value },
  });
  const message = create(ModelInferRequestSchema, {
    modelName: datatype,
    id: "id",
    inputs: [isRaw ? input : { ...input, contents: random.of(fields) }],
    outputs: random.below(2) === 0 ? [] : [{ name: "x" }],
    parameters: random.below(2) === 0 ? {} : { priority: parameter(1n), other: parameter(-1n) },
    rawInputContents: isRaw ? [raw] : [],
  });
  return toBinary(ModelInferRequestSchema, message);
}

for (const [method, rounds] of [
  ["ModelInfer", 3000],
  ["ModelStreamInfer", 1000],
] as const) {
  test(`${method} answers damaged requests by INVALID_ARGUMENT or NOT_FOUND`, async () => {
    await using served = await Served.open();
    const counts = new Map<number, number>();
    await seeded(async (random) => {
      let left = rounds;
      const caller = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          const bytes = random.mutated(validRequest(random));
          const { code, details } = await served.client.call(`${SERVICE}/${method}`, [
            Buffer.from(bytes),
          ]);
          const what = `${Buffer.from(bytes).toString("hex")}: ${details}`;
          assert.ok([OK, INVALID_ARGUMENT, NOT_FOUND].includes(code), `${code} for ${what}`);
          counts.set(code, (counts.get(code) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: 20 }, caller));
    });
    assert.equal(served.models.leases, 0);
    for (const code of [OK, INVALID_ARGUMENT]) {
      assert.ok((counts.get(code) ?? 0) > rounds / 50, JSON.stringify([...counts]));
    }
  });
}

test("ModelInfer answers what a damaged request still says alike by both paths", async () => {
  await using served = await Served.open();
  await seeded(async (random) => {
    for (let round = 0; round < 300; round++) {
      const bytes = random.mutated(validRequest(random));
      let message: ReturnType<typeof create<typeof ModelInferRequestSchema>>;
      try {
        message = fromBinary(ModelInferRequestSchema, bytes);
      } catch {
        continue;
      }
      const { modelInfer } = GRPCInferenceService.method;
      const short = await served.call("gRPC", modelInfer, message);
      const universal = await served.call("gRPC by universal handlers", modelInfer, message);
      assert.deepEqual([short.code, short.text], [universal.code, universal.text]);
      assert.deepEqual(
        toBinary(modelInfer.output, short.message),
        toBinary(modelInfer.output, universal.message),
      );
    }
  });
});
