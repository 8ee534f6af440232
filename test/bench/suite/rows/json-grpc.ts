/** JSON over gRPC: the processor time of an echo, against direct conversion, and against REST. */
import { create, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { RequestSchema, ResponseSchema } from "../../../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { compare } from "../compare.ts";
import { h2load, type UnaryCall } from "../load/h2load.ts";
import { type Post, wrk } from "../load/wrk.ts";
import { bare, ekiben } from "../programs.ts";
import type { Result, Row } from "../row.ts";
import { underLoad } from "../servers.ts";
import { LABELS } from "./label.ts";

/** A document as services get it: records of a few fields, and a vector of numbers. */
const value = {
  records: Array.from({ length: 40 }, (_, at) => ({
    id: at,
    name: `record number ${at}`,
    tags: ["new", "unread"],
    score: at / 7,
    active: at % 2 === 0,
    parent: null,
  })),
  vector: Array.from({ length: 256 }, (_, at) => Math.sin(at)),
};
const text = JSON.stringify(value);

const call: UnaryCall = {
  path: "/bentoml.grpc.v1.BentoService/Call",
  message: toBinary(
    RequestSchema,
    create(RequestSchema, {
      apiName: "echo",
      content: { case: "json", value: fromJson(ValueSchema, value) },
    }),
  ),
  check(answer) {
    const { content } = fromBinary(ResponseSchema, answer);
    if (content.case !== "json") throw new Error(`No JSON, but ${content.case}`);
    requireSame(toJson(ValueSchema, content.value));
  },
};

const rest: Post = {
  path: "/echo",
  type: "application/json",
  body: text,
  check: (answer) => requireSame(JSON.parse(answer)),
};

/** The order of the fields of a Struct is free. */
function requireSame(answer: unknown): void {
  if (!Bun.deepEquals(answer, value)) throw new Error(`No echo: ${JSON.stringify(answer)}`);
}

export const jsonGrpc: Row = {
  name: "json-grpc",
  title: `JSON of ${Math.round(text.length / 1024)} KB through gRPC, processor time ÷ direct`,
  async run(settings) {
    const results: Result[] = [];
    for (const runtime of settings.runtimes) {
      const program = ekiben(runtime, "test/bench/suite/servers/json.ts");
      const rounds = await underLoad(
        {
          grpc: { program, load: h2load(call, (server) => server.secondPort) },
          direct: {
            program: bare(runtime, "grpc-js-json"),
            load: h2load(call, (server) => server.port),
          },
          rest: { program, load: wrk(rest, 64) },
        },
        settings,
      );
      const shown = { figure: "cpuUs", unit: "µs" };
      results.push(
        compare(rounds.grpc, rounds.direct, {
          ...shown,
          label: LABELS[runtime],
          names: ["Ekiben", "grpc-js, by hand"],
          target: { atMost: 1.3 },
        }),
        compare(rounds.grpc, rounds.rest, {
          ...shown,
          label: `${LABELS[runtime]}, ÷ REST`,
          names: ["gRPC", "REST"],
          target: undefined,
        }),
      );
    }
    return results;
  },
};
