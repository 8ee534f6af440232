/** Unary gRPC load in a closed loop, by h2load. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerProcess } from "../server-process.ts";
import type { Load, Loaded } from "./load.ts";
import { outputOf } from "./tool.ts";

/** A unary call. */
export interface UnaryCall {
  readonly path: string;
  /** The message, without its prefix. */
  readonly message: Uint8Array;
  /** Throws for a wrong answer, which is given without its prefix. */
  readonly check: (answer: Uint8Array) => void;
}

/** Calls over 4 connections, 16 at a time on each. */
const CONNECTIONS = 4;
const STREAMS = 16;

/** Returns the load of a call. @param portOf returns the port of gRPC */
export function h2load(call: UnaryCall, portOf: (server: ServerProcess) => number): Load {
  const file = join(mkdtempSync(join(tmpdir(), "ekiben-bench-")), "frame");
  const frame = framed(call.message);
  writeFileSync(file, frame);
  const headers = ["-H", "content-type: application/grpc", "-H", "te: trailers"];
  return {
    async probe(server) {
      call.check(await answerOf(portOf(server), call.path, frame));
    },
    async run(server, seconds) {
      const url = `http://127.0.0.1:${portOf(server)}${call.path}`;
      const load = ["-t1", `-c${CONNECTIONS}`, `-m${STREAMS}`, "-D", String(seconds)];
      return read(await outputOf("h2load", [...load, ...headers, "-d", file, url]), seconds);
    },
  };
}

/** Returns a message behind its prefix: not compressed, and its length. */
function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Makes one call. */
async function answerOf(port: number, path: string, frame: Buffer): Promise<Uint8Array> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      session.on("error", reject);
      const headers = { "content-type": "application/grpc", te: "trailers" };
      const stream = session.request({ ":method": "POST", ":path": path, ...headers });
      const chunks: Buffer[] = [];
      let status = "none";
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("trailers", (trailers) => {
        status = String(trailers["grpc-status"]);
      });
      stream.on("error", reject);
      stream.on("close", () => {
        if (status === "0") resolve(Buffer.concat(chunks).subarray(5));
        else reject(new Error(`grpc-status ${status}`));
      });
      stream.end(frame);
    });
  } finally {
    session.destroy();
  }
}

function read(output: string, seconds: number): Loaded {
  const counts = /^requests: .* (\d+) done, (\d+) succeeded, (\d+) failed/m.exec(output);
  if (counts === null) throw new Error(`Unexpected output of h2load:\n${output}`);
  const [calls = 0, , failed = 0] = counts.slice(1).map(Number);
  if (failed > 0) throw new Error(`${failed} of ${calls} calls failed:\n${output}`);
  return { calls, perSecond: calls / seconds };
}
