import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { api, json, runner, service } from "../../src/index.ts";
import { serve } from "../../src/serve.ts";
import costly from "../bench/costly.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";

const folder = mkdtempSync(join(tmpdir(), "ekiben-trace-"));
after(() => rmSync(folder, { recursive: true }));

type Line = Readonly<Record<string, unknown>>;

function served(path: string) {
  const costs = runner(costly, { name: "costly", workers: 1, params: { a: 0, b: 1 } });
  const input = json<number[]>();
  const call = api({ input, output: json<number[]>() }, async (items, context) => {
    if (items.length === 0) return [await costs.plain(7, context)];
    const deadlineAt = performance.now() + (items.length === 3 ? -1 : 10_000);
    return [...(await costs.batched(items, { deadlineAt, lane: "bulk" }))];
  });
  const made = service("traced", { runners: [costs], apis: { call } });
  return serve(made, {
    ...{ port: 0, host: "127.0.0.1", grpcPort: false, signals: false, onUncaught: false },
    recordTrace: path,
  });
}

test("serve() records the calls and batches of runners, and none of their data", async () => {
  using _ = silenced();
  const path = join(folder, "trace.jsonl");
  const server = await served(path);
  for (const [items, status] of [
    [[424242, 424243], 200],
    [[], 200],
    [[1, 2, 3], 503],
  ] as const) {
    const body = JSON.stringify(items);
    const answer = await fetch(`${server.url}/call`, { method: "POST", body });
    await answer.text();
    assert.equal(answer.status, status);
  }
  await server.close();
  const text = readFileSync(path, "utf8");
  assert.doesNotMatch(text, /42424/);
  const [first, ...lines] = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  assert.equal(first?.["ekiben"], "trace");
  const calls = lines.filter((line) => "outcome" in line);
  const facts = calls.map(({ runner: name, method, rows, outcome, lane }) => [
    ...[name, method, rows, outcome, lane],
  ]);
  assert.deepEqual(facts, [
    ["costly", "batched", 2, "answered", "bulk"],
    ["costly", "plain", 1, "answered", undefined],
    ["costly", "batched", 3, "refused", "bulk"],
  ]);
  const [batch] = lines.filter((line) => line["method"] === "batched" && "batch" in line);
  assert.deepEqual([batch?.["batch"], batch?.["units"], batch?.["calls"]], [2, 2, 1]);
  for (const { t, ms, deadlineMs = 0 } of calls) {
    assert.ok((t as number) >= 0 && (ms as number) >= 0 && (deadlineMs as number) <= 60_000);
  }
});

test("serve() does not start with a trace that cannot be written, and opens no port", async () => {
  using _ = silenced();
  const path = join(folder, "none", "trace.jsonl");
  await assert.rejects(served(path), /^Error: Cannot record a trace in .*trace\.jsonl: /);
});
