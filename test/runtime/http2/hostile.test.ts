/** Clients that are hostile or broken: the server keeps running, and releases their resources. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../../support/until.ts";
import { bytesValue, GrpcClient } from "./grpc-client.ts";
import { HOSTILE } from "./hostile-frames.ts";
import { HOSTILE_HTTP1 } from "./hostile-http1.ts";
import { RawConnection } from "./raw-http2.ts";
import { ServerProcess } from "./server-process.ts";

let server: ServerProcess;
let clients: readonly GrpcClient[] = [];
before(async () => {
  server = await ServerProcess.start();
  clients = [server.grpcPort, server.onePort].map((port) => new GrpcClient(`127.0.0.1:${port}`));
});
after(async () => {
  for (const client of clients) client.close();
  await server.stop();
});

/** Whether it still answers, with nothing left of what came before. */
async function isWell(): Promise<void> {
  await until(async () => (await server.stats()).running === 0);
  for (const client of clients) {
    assert.equal((await client.call("/echo.Echo/Unary", [bytesValue(3)])).code, 0);
  }
}

/** Sends bytes, and leaves in each way there is. */
async function attack(port: number, bytes: Buffer): Promise<void> {
  for (const leave of ["end", "resetAndDestroy"] as const) {
    const connection = new RawConnection(port);
    await connection.send(bytes);
    connection.socket[leave]();
    await until(() => connection.closed);
  }
}

for (const [name, bytes] of Object.entries(HOSTILE)) {
  test(`The server works after ${name}, by HTTP/2`, async () => {
    for (const port of [server.grpcPort, server.onePort]) await attack(port, bytes);
    await isWell();
  });
}

for (const [name, text] of Object.entries(HOSTILE_HTTP1)) {
  test(`The server works after ${name}, by HTTP/1.1`, async () => {
    await attack(server.onePort, Buffer.from(text, "latin1"));
    await isWell();
  });
}
