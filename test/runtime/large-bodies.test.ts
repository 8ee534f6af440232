/** Bodies that are not small through each runtime's own server, read at once if there is room. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { api, file, json, ServiceError, service } from "ekiben";
import { ByteBudget } from "../../src/byte-budget.ts";
import { serveWith } from "../../src/runtime/serve.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";

const SIZE = 600_000;

/** Serves an API that sums the bytes of a file, on one port or not. */
async function opened(onePort: boolean, budget = new ByteBudget(8 * SIZE), timeoutMs = 60_000) {
  const definition = service("large", {
    apis: {
      sum: api({ input: file(), output: json<number>() }, ({ bytes }) =>
        bytes.reduce((sum, byte) => sum + byte, 0),
      ),
      refuse: api({ input: file(), output: json<number>() }, () => {
        throw new ServiceError("not_found", "nothing here");
      }),
    },
  });
  const port = onePort ? { onePort } : { grpcPort: false as const };
  const where = { port: 0, host: "127.0.0.1", signals: false, maxBodyBytes: 2 * SIZE } as const;
  return await serveWith(definition, { ...where, ...port, timeoutMs }, { budget });
}

const BODY: Uint8Array<ArrayBuffer> = Uint8Array.from({ length: SIZE }, (_, at) => at % 251);
const SUM = BODY.reduce((sum, byte) => sum + byte, 0);

for (const onePort of [false, true]) {
  const where = onePort ? "on one port" : "on its own port";
  const send = async (url: string, path: string, body: BodyInit = BODY): Promise<unknown[]> => {
    const response = await fetch(`${url}/${path}`, { method: "POST", body });
    return [response.status, await response.json()];
  };

  test(`serve() reads a large body, ${where}`, async () => {
    using _ = silenced();
    const budget = new ByteBudget(8 * SIZE);
    await using server = await opened(onePort, budget);
    const answers = await Promise.all(Array.from({ length: 6 }, () => send(server.url, "sum")));
    assert.deepEqual(
      answers,
      answers.map(() => [200, SUM]),
    );
    const [status] = await send(server.url, "sum", new Uint8Array(2 * SIZE + 1));
    assert.equal(status, 413);
    assert.deepEqual(await send(server.url, "sum"), [200, SUM]);
    await until(() => budget.heldBytes === 0);
  });

  test(`serve() reads a large body as it arrives if there is little room, ${where}`, async () => {
    using _ = silenced();
    const budget = new ByteBudget(1.5 * SIZE);
    await using server = await opened(onePort, budget);
    assert.deepEqual(await send(server.url, "sum"), [200, SUM]);
    const other = budget.open();
    other.hold(1.2 * SIZE);
    const [status] = await send(server.url, "sum");
    assert.equal(status, 503);
    other.close();
    assert.deepEqual(await send(server.url, "sum"), [200, SUM]);
    await until(() => budget.heldBytes === 0);
  });

  test(`serve() forgets a large body whose caller disconnects, ${where}`, async () => {
    using _ = silenced();
    const budget = new ByteBudget(8 * SIZE);
    await using server = await opened(onePort, budget);
    const socket = connect(server.port, "127.0.0.1").on("error", () => {});
    socket.write(`POST /sum HTTP/1.1\r\nHost: a\r\nContent-Length: ${SIZE}\r\n\r\n`);
    socket.write(BODY.subarray(0, 100_000));
    await until(() => budget.heldBytes > 0);
    socket.destroy();
    await until(() => budget.heldBytes === 0);
    assert.deepEqual(await send(server.url, "sum"), [200, SUM]);
  });

  test(`serve() ends the connection of a large body that stalls, ${where}`, async () => {
    using _ = silenced();
    const budget = new ByteBudget(8 * SIZE);
    await using server = await opened(onePort, budget, 300);
    const socket = connect(server.port, "127.0.0.1").on("error", () => {});
    let received = "";
    socket.setEncoding("latin1").on("data", (text: string) => {
      received += text;
    });
    socket.write(`POST /sum HTTP/1.1\r\nHost: a\r\nContent-Length: ${SIZE}\r\n\r\n`);
    socket.write(BODY.subarray(0, 100_000));
    await until(() => received.includes("\r\n\r\n"));
    assert.match(received, /^HTTP\/1\.1 504 /);
    assert.match(received, /connection: close/i);
    await until(() => budget.heldBytes === 0);
    socket.destroy();
  });
}
