/** Calls of unlike length over HTTP, in the workers of each executor. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { EXECUTORS } from "../../src/executor/executor.ts";
import { host } from "../../src/host/server.ts";
import { startCli } from "../support/cli.ts";
import { Random, SEED } from "../support/random.ts";

const service = fileURLToPath(new URL("fixtures/texts-service.ts", import.meta.url));

/** Posts JSON, and returns the status, the answer, and the calls of its largest batch. */
async function post(url: string, body: unknown) {
  const response = await fetch(url, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", "ekiben-explain": "1" },
  });
  const explained = response.headers.get("ekiben-explain") ?? "";
  const requests = [...explained.matchAll(/requests=(\d+)/g)].map(([, count]) => Number(count));
  const { status } = response;
  return { status, answer: await response.json(), requests: Math.max(0, ...requests) };
}

const texts = (ids: readonly number[], mask: readonly boolean[] = ids.map(() => true)) => ({
  ids: [ids],
  mask: [mask],
  scale: 1,
});

for (const isolation of EXECUTORS) {
  const isHere = host.executors[isolation] !== undefined;
  test(`ekiben serve over ${isolation} joins calls of unlike length`, {
    timeout: 300_000,
  }, async () => {
    const starting = startCli(["serve", service, "--isolation", isolation]);
    if (!isHere) return await assert.rejects(starting, /this runtime has no isolation/);
    await using server = await starting;
    const random = new Random(SEED);
    const rounds = Array.from({ length: 40 }, async (_, at) => {
      const message = `SEED=${SEED}: call ${at}`;
      const ids = Array.from({ length: 1 + random.below(30) }, () => 1 + random.below(99));
      const [embedded, tagged] = await Promise.all([
        post(`${server.url}/embed`, texts(ids)),
        post(`${server.url}/tag`, [ids]),
      ]);
      const mean = ids.reduce((sum, id) => sum + id, 0) / ids.length;
      const [[own, square]] = embedded.answer.vectors as [[number, number]];
      assert.ok(Math.abs(own - mean) < 1e-3 && Math.abs(square - mean * mean) < 1, message);
      assert.deepEqual(tagged.answer, [ids.map((id) => 2 * id)], message);
    });
    await Promise.all(rounds);
    const all = Array.from({ length: 40 }, (_, at) =>
      Array.from({ length: 1 + (at % 6) }, () => 1 + random.below(99)),
    );
    const each = await post(`${server.url}/embedEach`, all);
    for (const [at, mean] of (each.answer as number[]).entries()) {
      const own = all[at] ?? [];
      assert.ok(Math.abs(mean - own.reduce((sum, id) => sum + id, 0) / own.length) < 1e-3);
    }
    // Calls that are made at once are in the queue together.
    assert.ok(each.requests > 1, "calls were joined");
  });
}

test("ekiben serve refuses calls that cannot be padded, each alone", {
  timeout: 300_000,
}, async () => {
  await using server = await startCli(["serve", service]);
  const url = `${server.url}/embed`;
  const { ids, mask } = texts([1, 2, 3]);
  const wrong: readonly [unknown, RegExp][] = [
    [
      texts([1, 2, 3], [true, true]),
      /same length, but axis 1 of "ids" has 3 and axis 1 of "mask" has 2/,
    ],
    [{ ids: [1, 2], mask: [true, true], scale: 1 }, /"ids" has no axis 1 to be padded: .* \[2\]/],
  ];
  const right = texts([1, 2, 3, 4]);
  const answers = await Promise.all([
    post(url, right),
    ...wrong.map(([body]) => post(url, body)),
    post(url, { ids, mask, scale: 1 }),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 400, 400, 200],
  );
  for (const [at, [, message]] of wrong.entries()) {
    assert.match(JSON.stringify(answers[at + 1]?.answer).replaceAll("\\", ""), message);
  }
});
