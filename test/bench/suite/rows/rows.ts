/** All rows of the table, in its order. */
import type { Row } from "../row.ts";
import { accessLog } from "./access-log.ts";
import { echo } from "./echo.ts";
import { grpc } from "./grpc.ts";
import { inferBinary } from "./infer-binary.ts";
import { jpeg } from "./jpeg.ts";
import { jsonGrpc } from "./json-grpc.ts";
import { latency } from "./latency.ts";
import { memory } from "./memory.ts";
import { metrics } from "./metrics.ts";
import { mnist } from "./mnist.ts";
import { ndarrayJson } from "./ndarray-json.ts";
import { denoNative, ocr } from "./ocr.ts";
import { oneConnection } from "./one-connection.ts";
import { onePort } from "./one-port.ts";
import { start } from "./start.ts";
import { workerLoop } from "./worker-loop.ts";

export const ROWS: readonly Row[] = [
  echo,
  mnist,
  oneConnection,
  latency,
  workerLoop,
  ocr,
  ndarrayJson,
  inferBinary,
  jsonGrpc,
  jpeg,
  grpc,
  onePort,
  start,
  memory,
  denoNative,
  metrics,
  accessLog,
];
