/** Servers of the command line whose clients open more connections than it may open files. */
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { frame, PREFACE, TYPE } from "../runtime/http2/raw-http2.ts";
import { startCli } from "../support/cli.ts";
import { until } from "../support/until.ts";

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const certificate = [
  ...["--ssl-certfile", pathOf("../runtime/http2/certificates/server.pem")],
  ...["--ssl-keyfile", pathOf("../runtime/http2/certificates/server.key")],
];

const HTTP1 = Buffer.from("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
const HTTP2 = Buffer.concat([PREFACE, frame(TYPE.settings, 0, 0)]);

for (const [ports, flags] of [
  ["two ports", []],
  ["one port", ["--one-port"]],
  ["TLS", certificate],
] as const) {
  test(`ekiben serve survives more connections than it may open files, with ${ports}`, async () => {
    const args = ["serve", pathOf("./fixtures/slow.ts"), ...flags];
    await using server = await startCli(args, { openFiles: 100 }, /on (\S+(?: and \S+)?) with/);
    const urls = server.url.split(" and ").map((url) => new URL(url));
    for (let times = 0; times < 2; times++) {
      await Promise.all(urls.map(flood));
      // Now that all clients have disconnected.
      await Promise.all(urls.map((url) => until(() => answers(url))));
    }
  });
}

/**
 * Opens many connections at once, and closes all of them once the server has refused one, or lets
 * another wait, as Bun's own server does.
 */
async function flood(url: URL): Promise<void> {
  const { port, hostname } = url;
  let refused = 0;
  const sockets = Array.from({ length: 300 }, () => connect(Number(port), hostname).resume());
  for (const socket of sockets) socket.on("error", () => {}).on("close", () => refused++);
  await Promise.all(
    sockets.map((socket) => new Promise((go) => socket.on("connect", go).on("close", go))),
  );
  await until(async () => refused > 0 || !(await answers(url)));
  for (const socket of sockets) socket.destroy();
}

/** Whether a new connection gets an answer, within a second. */
function answers({ protocol, port, hostname }: URL): Promise<boolean> {
  const target = { port: Number(port), host: hostname };
  const socket: Socket =
    protocol === "https:" ? connectTls({ ...target, rejectUnauthorized: false }) : connect(target);
  return new Promise<boolean>((resolve) => {
    socket.on("error", () => {}).on("close", () => resolve(false));
    socket.once("data", () => resolve(true)).setTimeout(1000, () => resolve(false));
    socket.write(protocol === "grpc:" ? HTTP2 : HTTP1);
  }).finally(() => socket.destroy());
}
