/** Who holds a port, by the tables of Linux. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { listeningOn, programOf } from "../../src/runtime/port-holder.ts";

const TABLE: string = [
  "sl local_address rem_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode",
  "  0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 656219 1",
  "  1: 0100007F:0BB8 0100007F:9C40 01 00000000:00000000 00:00000000 00000000 1000 0 656220 1",
  " 12: 00000000:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000    0 0 656221 1",
  "",
].join("\n");

test("listeningOn() finds the sockets that listen on a port", () => {
  assert.deepEqual(listeningOn(3000, TABLE), [{ inode: "656219", user: "1000" }]);
  assert.deepEqual(listeningOn(3001, TABLE), [{ inode: "656221", user: "0" }]);
  assert.deepEqual(listeningOn(80, TABLE), []);
  assert.deepEqual(listeningOn(80, ""), []);
});

const LINES = [
  ["/usr/bin/node\0/app/server.js\0--password\0x", "node /app/server.js"],
  ["deno\0run\0-A\0main.ts", "deno main.ts"],
  ["/usr/sbin/nginx\0-g\0daemon off;", "nginx"],
  ["python3\0-m\0http.server", "python3"],
  ["node\0--config=secret.js\0--import\0a.mjs", "node a.mjs"],
  ["", ""],
] as const;

for (const [line, wanted] of LINES) {
  test(`programOf() shows "${wanted}", and nothing that may be secret`, () => {
    assert.equal(programOf(line.split("\0")), wanted);
  });
}
