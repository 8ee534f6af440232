/** The log of a server of the command line. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { refusalCode, runCli, startCli } from "../support/cli.ts";
import { until } from "../support/until.ts";

const slow = fileURLToPath(new URL("./fixtures/slow.ts", import.meta.url));

/** The environment of a user, instead of that of a test. */
const PLAIN = { EKIBEN_LOG: undefined, EKIBEN_LOG_FORMAT: undefined };

const get = async (url: string): Promise<number> => {
  const response = await fetch(url);
  await response.bytes();
  return response.status;
};

/** More than a pipe and the reader at its other end hold. */
const FULL_BYTES = 512 * 1024;

test("ekiben serve logs JSON without a terminal, and goes on when nobody reads it", async () => {
  await using server = await startCli(["serve", slow], { env: PLAIN });
  assert.equal(await get(`${server.url}/one?token=abc`), 404);
  await until(() => server.output.includes("ekiben.access"));
  const lines = server.output.trim().split("\n");
  const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const access = logged.find(({ category }) => category === "ekiben.access");
  assert.deepEqual(
    [access?.["level"], access?.["path"], access?.["status"]],
    ["info", "/one?token=***", 404],
  );
  server.pauseOutput();
  const path = `/${"a".repeat(500)}`;
  for (let bytes = 0; bytes < FULL_BYTES; bytes += 100 * 2 * path.length) {
    const some = Array.from({ length: 100 }, () => get(server.url + path));
    assert.deepEqual(new Set(await Promise.all(some)), new Set([404]));
  }
  server.closeOutput();
  for (let n = 0; n < 3; n++) assert.equal(await get(`${server.url}/livez?after=${n}`), 200);
  server.kill("SIGTERM");
  assert.equal((await server.ended).code, 0);
});

test("ekiben serve logs what its flags and its environment say", async () => {
  const flags = ["--log-format", "text", "--log-level", "info", "--access-log-sample", "0"];
  const env = { EKIBEN_LOG: "debug,ekiben.runner=off" };
  await using server = await startCli(["serve", slow, ...flags], { env });
  assert.equal(await get(`${server.url}/livez`), 200);
  assert.equal(await get(`${server.url}/docs.json`), 200);
  assert.equal(await get(`${server.url}/missing`), 404);
  await until(() => server.output.includes("ekiben·access"));
  const [line = "", ...others] = server.output.split("\n").filter((each) => each.includes("·"));
  assert.match(line, /^\S+Z \[INF\] ekiben·access: GET \/missing 404 [\d.]+ ms protocol=http id=/);
  assert.deepEqual(others, []);
});

const wrong: readonly [flags: readonly string[], env: Record<string, string>, says: RegExp][] = [
  [["--log-format", "xml"], {}, /Allowed choices are text, json, auto/],
  [[], { EKIBEN_LOG_FORMAT: "xml" }, /EKIBEN_LOG_FORMAT[\s\S]*Allowed choices are text, json/],
  [["--log-level", "loud"], {}, /Allowed choices are debug, info, warning, error, off/],
  [["--access-log-sample", "2"], {}, /It must be a number from 0 to 1/],
  [[], { EKIBEN_LOG: "ekiben.acces=off" }, /EKIBEN_LOG cannot be used: there is no category/],
];
test("ekiben serve refuses a log that there is not", async () => {
  const ends = await Promise.all(
    wrong.map(([flags, env]) => runCli(["serve", slow, ...flags], { env })),
  );
  for (const [at, { code, output }] of ends.entries()) {
    assert.equal(code, refusalCode(output), output);
    assert.match(output, wrong[at]?.[2] ?? /never/);
  }
});
