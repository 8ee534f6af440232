/** Random messages of inferences, with every field in every form that encoders write. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type ModelInferRequest,
  ModelInferRequestSchema,
  type ModelInferResponse,
  ModelInferResponseSchema,
} from "../../../src/gen/inference/grpc_service_pb.ts";
import type { Random } from "../../support/random.ts";

type Input = NonNullable<MessageInitShape<typeof ModelInferRequestSchema>["inputs"]>[number];
type Parameters = NonNullable<Input["parameters"]>;

const NAMES = ["", "x", "input_1", "größe", "__proto__", "a name as long as few are, 日本 🍱"];
const SHAPES = [[], [0], [1], [2, 3], [1, 200, 70_000], [2 ** 40]];
const LONGS = [0n, 1n, -1n, 127n, 128n, 2n ** 31n, -(2n ** 63n), 2n ** 63n - 1n];
const UNSIGNED = [0n, 1n, 300n, 2n ** 32n, 2n ** 64n - 1n];
const INTS = [0, 1, -1, 127, -128, 300, 2 ** 31 - 1, -(2 ** 31)];
const UINTS = [0, 1, 255, 300, 2 ** 32 - 1];
const FLOATS = [0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, -3e38];

function several<T>(random: Random, choices: readonly T[]): T[] {
  return Array.from({ length: random.below(4) }, () => random.of(choices));
}

function bytes(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.below(20) }, () => random.below(256));
}

function parameters(random: Random): Parameters {
  const choices = [
    { case: "boolParam", value: random.below(2) === 0 },
    { case: "int64Param", value: random.of(LONGS) },
    { case: "stringParam", value: random.of(NAMES) },
    { case: "doubleParam", value: random.of(FLOATS) },
    { case: "uint64Param", value: random.of(UNSIGNED) },
  ] as const;
  return Object.fromEntries(
    several(random, NAMES).map((name) => [name, { parameterChoice: random.of(choices) }]),
  ) as Parameters;
}

/** The elements of a tensor, in one of the fields or in none. */
function contents(random: Random): NonNullable<Input["contents"]> {
  const fields = [
    {},
    { boolContents: several(random, [true, false]) },
    { intContents: several(random, INTS) },
    { int64Contents: several(random, LONGS) },
    { uintContents: several(random, UINTS) },
    { uint64Contents: several(random, UNSIGNED) },
    { fp32Contents: several(random, FLOATS.map(Math.fround)) },
    { fp64Contents: several(random, FLOATS) },
    { bytesContents: several(random, [bytes(random), bytes(random)]) },
  ];
  return random.of(fields);
}

function tensors(random: Random): Input[] {
  return several(random, NAMES).map((name) => ({
    name,
    datatype: random.of(["FP32", "BYTES", ""]),
    shape: random.of(SHAPES).map(BigInt),
    parameters: parameters(random),
    ...(random.below(2) === 0 && { contents: contents(random) }),
  }));
}

export function randomRequest(random: Random): ModelInferRequest {
  return create(ModelInferRequestSchema, {
    modelName: random.of(NAMES),
    modelVersion: random.of(["", "1"]),
    id: random.of(NAMES),
    parameters: parameters(random),
    inputs: tensors(random),
    outputs: several(random, NAMES).map((name) => ({ name, parameters: parameters(random) })),
    rawInputContents: several(random, [bytes(random), bytes(random)]),
  });
}

export function randomResponse(random: Random): ModelInferResponse {
  return create(ModelInferResponseSchema, {
    modelName: random.of(NAMES),
    modelVersion: random.of(["", "1"]),
    id: random.of(NAMES),
    parameters: parameters(random),
    outputs: tensors(random) as NonNullable<
      MessageInitShape<typeof ModelInferResponseSchema>["outputs"]
    >,
    rawOutputContents: several(random, [bytes(random), bytes(random)]),
  });
}
