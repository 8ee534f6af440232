/** BentoML's Python clients of two generations, from PyPI, with every descriptor. */
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startCli } from "../support/cli.ts";
import { freePorts } from "../support/free-ports.ts";
import { binaries, root } from "../support/runtimes.ts";
import { outputOf, pythonOfClients, pythonOfOlderClients } from "./client-programs.ts";
import { RUNTIMES } from "./scene.ts";

const python11 = pythonOfOlderClients();
const python14 = pythonOfClients();

const pathOf = (file: string): string =>
  fileURLToPath(new URL(`test/system/fixtures/${file}`, root));

for (const runtime of RUNTIMES) {
  test(`BentoML's clients of 1.1 and 1.4 call every descriptor on ${runtime}`, async () => {
    const [grpcPort = 0] = await freePorts(1);
    const args = ["serve", pathOf("every-descriptor.ts"), "--grpc-port", String(grpcPort)];
    const program = { bun: process.execPath, ...binaries() }[runtime];
    await using server = await startCli(args, { program }, /Serving \S+ on (http:\S+)/);
    const grpc = `127.0.0.1:${grpcPort}`;
    await outputOf(python11, [pathOf("bentoml/client_1_1.py"), server.url, grpc]);
    await outputOf(python14, [pathOf("bentoml/client_1_4.py"), server.url]);
  });
}
