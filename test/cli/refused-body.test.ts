import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startCli } from "../support/cli.ts";

const greet = fileURLToPath(new URL("./fixtures/greet.ts", import.meta.url));
const piece = new Uint8Array(1024 * 1024);

test("ekiben serve ends the connection of an endless refused body, and logs nothing", async () => {
  const ready = /Serving \S+ on (http:\S+)[\s\S]*to try it/;
  await using server = await startCli(["serve", greet, "--grpc-port", "0"], {}, ready);
  const before = server.output;
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.on("error", () => {}); // it is closed while it sends
  socket.resume();
  socket.write(`POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: ${2 ** 40}\r\n\r\n`);
  const send = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on("drain", send);
  send();
  await new Promise((resolve) => socket.once("close", resolve));
  assert.equal(server.output, before);
});
