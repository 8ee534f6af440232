import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { Channel } from "../../../src/executor/process/channel.ts";
import { tensor } from "../../../src/tensor.ts";

/** Two ends of a pipe, and a channel on one of them. */
function opened() {
  const events: unknown[] = [];
  const written: Uint8Array[] = [];
  const socket = new Duplex({
    read() {},
    write(chunk: Uint8Array, _, done) {
      written.push(chunk);
      done();
    },
  });
  const channel = new Channel(socket, {
    message: (message) => events.push(message),
    unreadable: (call) => events.push(call),
    broken: (error) => events.push(error.message),
    ended: () => events.push("ended"),
  });
  return { channel, socket, events, written };
}

/** Waits until a stream has passed on what it has. */
const passed = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("Channel passes on messages in their order, and reports its end once", async () => {
  const [one, other] = [opened(), opened()];
  const data = tensor("float32", [1000]);
  const messages = [{ kind: "run", id: 1, input: data }, { kind: "ping" }];
  for (const message of messages) one.channel.post(message, [data.data.buffer as ArrayBuffer]);
  await one.channel.flush();
  for (const chunk of one.written) other.socket.push(chunk);
  other.socket.push(null);
  await passed();
  other.channel.close();
  await passed();
  assert.deepEqual(other.events, [...messages, "ended"]);
  other.channel.post({ kind: "ping" }); // has no effect any more
});

test("Channel reports bytes that are no message once, and reads no further", async () => {
  const { socket, events } = opened();
  const line = new TextEncoder().encode("a line of a library that takes it for its own file\n");
  for (let time = 0; time < 3; time++) socket.push(line);
  socket.push(null);
  await passed();
  assert.equal(events.length, 1);
  assert.match(String(events[0]), /^bytes that are no message came from it: /);
});
