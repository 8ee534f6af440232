/**
 * The server under test of Connect's conformance suite: it reads its settings on stdin, and reports
 * its address on stdout. Argument: the output of `buf build` for the suite's .proto files.
 * @module
 */

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { configure, defaultTextFormatter } from "@logtape/logtape";
import { api, service, text } from "../../src/index.ts";
import { type ServeOptions, serve } from "../../src/serve.ts";
import { conformanceService } from "./conformance-service.ts";
import { readMessages, type ServerCompatRequest } from "./messages.ts";

const HTTP_1 = 1;

// Standard output belongs to the suite.
await configure({
  sinks: { stderr: (record) => process.stderr.write(defaultTextFormatter(record)) },
  loggers: [{ category: [], sinks: ["stderr"], lowestLevel: "warning" }],
});

const [image = ""] = process.argv.slice(2);
const suite = readMessages(image);
const asked = fromBinary(
  suite.message("ServerCompatRequest"),
  await readSized(),
) as ServerCompatRequest;

const tested = service("conformance", {
  apis: { echo: api({ input: text(), output: text() }, (words) => words) },
  rpc: conformanceService(suite.service, suite.message("ConformancePayload.RequestInfo")),
});
const server = await serve(tested, {
  host: "127.0.0.1",
  port: 0,
  ...(asked.messageReceiveLimit > 0 && { maxBodyBytes: asked.messageReceiveLimit }),
  ...(asked.useTls && { tls: certificates() }),
  ...(process.env["CONFORMANCE_ONE_PORT"] !== undefined && !asked.useTls && { onePort: true }),
});
const port = asked.httpVersion === HTTP_1 ? server.port : server.grpcPort;
const answer = toBinary(
  suite.message("ServerCompatResponse"),
  create(suite.message("ServerCompatResponse"), {
    host: "127.0.0.1",
    port,
    ...(asked.serverCreds && { pemCert: asked.serverCreds.cert }),
  } as never),
);
const length = Buffer.alloc(4);
length.writeUInt32BE(answer.length);
process.stdout.write(Buffer.concat([length, answer]));

/** The files of the certificates that the suite brings. */
function certificates(): NonNullable<ServeOptions["tls"]> {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"));
  const write = (name: string, bytes: Uint8Array): string => {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    return file;
  };
  const { serverCreds, clientTlsCert } = asked;
  if (serverCreds === undefined) throw new Error("The suite wants TLS and brings no certificate");
  return {
    certFile: write("cert.pem", serverCreds.cert),
    keyFile: write("key.pem", serverCreds.key),
    ...(clientTlsCert.length > 0 && { caFile: write("ca.pem", clientTlsCert) }),
  };
}

/** Reads one message from stdin, after its length. */
async function readSized(): Promise<Uint8Array> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    bytes = Buffer.concat([bytes, chunk as Uint8Array]);
    if (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) {
      return bytes.subarray(4, 4 + bytes.readUInt32BE(0));
    }
  }
  throw new Error("stdin ended before the suite had said what it wants");
}
