/** A unary gRPC call with a text of 3 KB: the processor time of a call, against bare grpc-js. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { RequestSchema, ResponseSchema } from "../../../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { compare } from "../compare.ts";
import { h2load, type UnaryCall } from "../load/h2load.ts";
import { bare, ekiben } from "../programs.ts";
import type { Result, Row } from "../row.ts";
import { underLoad } from "../servers.ts";
import { ECHO, ECHO_SERVICE } from "./echo.ts";
import { LABELS } from "./label.ts";

const value = String(ECHO.body);
const call: UnaryCall = {
  path: "/bentoml.grpc.v1.BentoService/Call",
  message: toBinary(
    RequestSchema,
    create(RequestSchema, { apiName: "echo", content: { case: "text", value: { value } } }),
  ),
  check(answer) {
    const { content } = fromBinary(ResponseSchema, answer);
    if (content.case !== "text" || content.value.value !== value) throw new Error("It is no echo");
  },
};

export const grpc: Row = {
  name: "grpc",
  title: "gRPC unary (text, 3 KB), 64 at a time, processor time ÷ bare grpc-js",
  async run(settings) {
    const results: Result[] = [];
    for (const runtime of settings.runtimes) {
      const rounds = await underLoad(
        {
          ekiben: {
            program: ekiben(runtime, ECHO_SERVICE),
            load: h2load(call, (server) => server.secondPort),
          },
          grpcJs: {
            program: bare(runtime, "grpc-js-echo"),
            load: h2load(call, (server) => server.port),
          },
        },
        settings,
      );
      results.push(
        compare(rounds.ekiben, rounds.grpcJs, {
          label: LABELS[runtime],
          names: ["Ekiben", "grpc-js"],
          figure: "cpuUs",
          unit: "µs",
          target: { atMost: 1.05 },
        }),
      );
    }
    return results;
  },
};
