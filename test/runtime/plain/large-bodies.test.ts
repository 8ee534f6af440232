/** Plain requests with bodies that are not held as a whole until they are asked for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../support/until.ts";
import { type Answer, client, echo, open, post, reply } from "./raw-port.ts";

const SIZE = 16 * 1024 * 1024;

/** Answers with the length and the sum of a body, whose chunks are gone once they were taken. */
const sum: Answer = async (request) => {
  let [length, total] = [0, 0];
  await request.receive?.((chunk) => {
    length += chunk.length;
    for (const byte of chunk) total += byte;
  });
  return reply(`${length} ${total}`);
};

test("A large body is passed on as it arrives, and the next request is its own", async () => {
  await using port = await open({ "/sum": sum, "/echo": echo });
  const { socket, bodies } = client(port.port);
  const body = "\u0001".repeat(3_000_001);
  socket.write(post("/sum", body) + post("/echo", "next") + post("/sum", body));
  await until(() => bodies().length === 3);
  const answer = `200 ${body.length} ${body.length}`;
  assert.deepEqual(bodies(), [answer, "200 next", answer]);
  socket.destroy();
});

for (const [name, read] of Object.entries({ "by bytes()": echo, "by receive()": sum })) {
  test(`A client waits until its large body is read ${name}`, async () => {
    let go = (): void => {};
    const asked = new Promise<void>((resolve) => {
      go = resolve;
    });
    await using port = await open({
      "/late": async (request) => {
        await asked;
        const { body } = await read(request);
        return reply(String(body instanceof Uint8Array ? body.length : body));
      },
    });
    const { socket, bodies } = client(port.port);
    socket.write(post("/late", "\u0001".repeat(SIZE)));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(socket.writableLength > 0, "all of it was taken");
    go();
    await until(() => bodies().length === 1);
    assert.match(bodies()[0] ?? "", new RegExp(`^200 ${SIZE}`));
    socket.destroy();
  });
}

test("The rest of a large body is skipped when its reader fails, or reads none of it", async () => {
  const refused: Answer = async (request) => {
    const failed = request.receive?.(() => {
      throw new Error("too large");
    });
    return reply(await (failed ?? Promise.resolve()).then(String, String), 413);
  };
  await using port = await open({ "/refuse": refused, "/leave": () => reply("left"), "/sum": sum });
  const { socket, bodies } = client(port.port);
  const body = "a".repeat(2_000_000);
  socket.write(post("/refuse", body) + post("/leave", body) + post("/sum", "\u0001"));
  await until(() => bodies().length === 3);
  assert.deepEqual(bodies(), ["413 Error: too large", "200 left", "200 1 1"]);
  socket.destroy();
});
