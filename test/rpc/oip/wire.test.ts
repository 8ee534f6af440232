/** The codec of inferences, against the messages' own parser and serializer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type InferTensorContents,
  type ModelInferRequest,
  ModelInferRequestSchema,
  ModelInferResponseSchema,
} from "../../../src/gen/inference/grpc_service_pb.ts";
import {
  type ContentsMessage,
  type InferRequestMessage,
  type InferResponseMessage,
  MAX_ITEMS,
  type OutputContents,
} from "../../../src/rpc/oip/messages.ts";
import { readInferMessage } from "../../../src/rpc/oip/wire/request-reader.ts";
import { writeInferMessage } from "../../../src/rpc/oip/wire/response-writer.ts";
import { seeded } from "../../support/random.ts";
import { randomRequest, randomResponse } from "./random-messages.ts";

type Contents = Record<keyof ContentsMessage, unknown>;

/** The contents as plain arrays, to compare: those without elements as none. */
function plainContents(contents: ContentsMessage | undefined): Contents | undefined {
  if (contents === undefined) return undefined;
  return {
    boolContents: Array.from(contents.boolContents, Boolean),
    intContents: Array.from(contents.intContents),
    int64Contents: Array.from(contents.int64Contents),
    uintContents: Array.from(contents.uintContents),
    uint64Contents: Array.from(contents.uint64Contents),
    fp32Contents: Array.from(contents.fp32Contents),
    fp64Contents: Array.from(contents.fp64Contents),
    bytesContents: Array.from(contents.bytesContents, (bytes) => Array.from(bytes)),
  };
}

/** A request in plain values, whoever has read it. */
function plain(request: InferRequestMessage): unknown {
  return {
    ...picked(request),
    parameters: parametersOf(request.parameters),
    inputs: request.inputs.map(({ name, datatype, shape, parameters, contents }) => ({
      name,
      datatype,
      shape: shape.map(Number),
      parameters: parametersOf(parameters),
      contents: plainContents(contents),
    })),
    outputs: request.outputs.map(({ name, parameters }) => ({
      name,
      parameters: parametersOf(parameters),
    })),
    rawInputContents: request.rawInputContents.map((bytes) => Array.from(bytes)),
  };
}

function picked({ modelName, modelVersion, id }: InferRequestMessage) {
  return { modelName, modelVersion, id };
}

function parametersOf(parameters: InferRequestMessage["parameters"]): unknown {
  return Object.entries(parameters)
    .map(([name, { parameterChoice }]) => [name, parameterChoice.case, parameterChoice.value])
    .sort();
}

test("readInferMessage() reads what the serializer writes, as the parser does", () => {
  seeded((random) => {
    for (let round = 0; round < 2000; round++) {
      const bytes = toBinary(ModelInferRequestSchema, randomRequest(random));
      const read = readInferMessage(bytes);
      assert.ok(read !== undefined);
      assert.deepEqual(plain(read), plain(fromBinary(ModelInferRequestSchema, bytes)));
    }
  });
});

test("readInferMessage() leaves malformed requests to the parser, or reads them alike", () => {
  seeded((random) => {
    let accepted = 0;
    for (let round = 0; round < 5000; round++) {
      const good = toBinary(ModelInferRequestSchema, randomRequest(random));
      if (good.length === 0) continue;
      const bytes = random.mutated(good);
      const read = readInferMessage(bytes);
      if (read === undefined) continue;
      accepted += 1;
      assert.deepEqual(plain(read), plain(fromBinary(ModelInferRequestSchema, bytes)));
    }
    assert.ok(accepted > 100, `${accepted} were read`);
  });
});

/** A message of one input. */
function requestOf(input: Partial<ModelInferRequest["inputs"][number]>): Uint8Array {
  const message = create(ModelInferRequestSchema, { inputs: [input as never] });
  return toBinary(ModelInferRequestSchema, message);
}

test("readInferMessage() reads raw contents as views on the bytes", () => {
  const raw = new Uint8Array(1000).fill(7);
  const message = create(ModelInferRequestSchema, { modelName: "m", rawInputContents: [raw] });
  const bytes = toBinary(ModelInferRequestSchema, message);
  const [view] = readInferMessage(bytes)?.rawInputContents ?? [];
  assert.deepEqual(view, raw);
  assert.equal(view?.buffer, bytes.buffer);
});

test("readInferMessage() leaves unusual forms to the parser", () => {
  const unpacked = Uint8Array.of(0x2a, 2, 0x18, 1); // a shape of one axis, not packed
  assert.equal(fromBinary(ModelInferRequestSchema, unpacked).inputs[0]?.shape[0], 1n);
  for (const bytes of [
    unpacked,
    requestOf({ shape: [-1n] }),
    Uint8Array.of(0x2a, 4, 0x2a, 0, 0x2a, 0), // contents twice, which are merged
    Uint8Array.of(0x2a, 7, 0x2a, 5, 0x0a, 1, 2, 0x0a, 0), // a boolean of 2
    Uint8Array.of(0x40, 1), // a field that there is not
    Uint8Array.of(0x0b, 0x0c), // a group
  ]) {
    assert.equal(readInferMessage(bytes), undefined);
  }
});

test("readInferMessage() keeps no more items than the handler needs to refuse them", () => {
  const count = 100_000;
  const bytes = new Uint8Array(2 * count);
  for (const tag of [0x2a, 0x32, 0x3a]) {
    for (let at = 0; at < bytes.length; at += 2) bytes[at] = tag;
    const { inputs, outputs, rawInputContents } = readInferMessage(bytes) as InferRequestMessage;
    assert.equal(inputs.length + outputs.length + rawInputContents.length, MAX_ITEMS + 1);
  }
});

/** The response with elements in typed arrays, as handlers have them on the short path. */
function withArrays(response: InferResponseMessage): InferResponseMessage {
  const outputs = response.outputs.map(({ contents, ...output }) =>
    contents === undefined ? output : { ...output, contents: arraysOf(contents) },
  );
  return { ...response, outputs };
}

function arraysOf(contents: OutputContents): OutputContents {
  const { boolContents = [], fp32Contents = [], fp64Contents = [] } = contents;
  const { intContents = [], int64Contents = [], uintContents = [], uint64Contents = [] } = contents;
  return {
    ...contents,
    boolContents: Uint8Array.from(boolContents, Number) as never,
    intContents: Int32Array.from(intContents) as never,
    int64Contents: BigInt64Array.from(int64Contents) as never,
    uintContents: Uint32Array.from(uintContents) as never,
    uint64Contents: BigUint64Array.from(uint64Contents) as never,
    fp32Contents: Float32Array.from(fp32Contents) as never,
    fp64Contents: Float64Array.from(fp64Contents) as never,
  };
}

test("writeInferMessage() writes what the serializer writes", () => {
  seeded((random) => {
    for (let round = 0; round < 2000; round++) {
      const message = randomResponse(random);
      for (const output of message.outputs) {
        // Contents without elements are not written: no handler has any.
        if (hasNone(output.contents)) delete output.contents;
      }
      const written = writeInferMessage(withArrays(message as InferResponseMessage)).finish();
      assert.deepEqual(written, toBinary(ModelInferResponseSchema, message));
    }
  });
});

function hasNone(contents: InferTensorContents | undefined): boolean {
  const { $typeName: _, ...fields } = contents ?? { $typeName: "" };
  return Object.values(fields).every((elements) => (elements as unknown[]).length === 0);
}
