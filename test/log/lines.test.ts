import assert from "node:assert/strict";
import { test } from "node:test";
import { type AccessRecord, accessLine } from "../../src/log/access-line.ts";
import { isoTime, type LogRecord, linesAs } from "../../src/log/lines.ts";

const at = Date.UTC(2026, 0, 2, 3, 4, 5, 60);

function record(message: readonly unknown[]): LogRecord {
  const category = ["ekiben", "runner"];
  return { category, level: "error", message, rawMessage: "", timestamp: at, properties: {} };
}

test("linesAs() writes an error with its stack, in text and in JSON", () => {
  const failure = new Error("no such file", { cause: new Error("the disk is gone") });
  const message = ["A batch of ", "classify", " failed: ", failure, ""];
  const text = linesAs("text")(record(message));
  assert.match(text, /^2026-01-02T03:04:05\.060Z? .*\[ERR\] ekiben·runner: A batch of classify/);
  assert.match(text, /no such file[\s\S]*lines\.test[\s\S]*the disk is gone/);
  const line = linesAs("json")(record(message));
  assert.match(line, /^[^\n]*\n$/);
  const { error, ...rest } = JSON.parse(line) as Record<string, string>;
  assert.deepEqual(rest, {
    time: "2026-01-02T03:04:05.060Z",
    level: "error",
    category: "ekiben.runner",
    message: "A batch of classify failed: Error: no such file",
  });
  assert.match(
    error ?? "",
    /no such file[\s\S]*lines\.test[\s\S]*Caused by: [\s\S]*the disk is gone/,
  );
});

test("linesAs() lets no caller write lines or commands of its own, nor show secrets", () => {
  const message = ["", "a\x1b[2Jb\rc", " with ", "Bearer abcdef123", ""];
  assert.match(linesAs("text")(record(message)), /: a\\x1b\[2Jb\\rc with Bearer \*\*\*\n$/);
  const { message: text } = JSON.parse(linesAs("json")(record(message))) as { message: string };
  assert.equal(text, "a\\x1b[2Jb\\rc with Bearer ***");
});

const REQUEST: AccessRecord = {
  method: "POST",
  path: "/predict",
  status: 200,
  duration_ms: 9.125,
  protocol: "rest",
  api: "predict",
  rows: 2,
  batch: 8,
  request_id: "one",
  trace_id: undefined,
  span_id: undefined,
  key: "ci",
  peer: "127.0.0.1",
  content_type: "text/plain; charset=utf-8",
  content_length: 5,
  response_type: undefined,
  response_length: undefined,
};

test("accessLine() has the fields that are known, in text and in JSON", () => {
  assert.equal(
    accessLine(REQUEST, "text", at),
    "2026-01-02T03:04:05.060Z [INF] ekiben·access: POST /predict 200 9.125 ms protocol=rest " +
      'api=predict rows=2 batch=8 type="text/plain; charset=utf-8" length=5 id=one key=ci ' +
      "peer=127.0.0.1\n",
  );
  assert.deepEqual(JSON.parse(accessLine(REQUEST, "json", at)), {
    time: "2026-01-02T03:04:05.060Z",
    level: "info",
    category: "ekiben.access",
    message: "POST /predict 200",
    ...Object.fromEntries(Object.entries(REQUEST).filter(([, value]) => value !== undefined)),
  });
});

const HOSTILE: readonly Partial<AccessRecord>[] = [
  { path: "/a\r\n2026 [INF] ekiben·access: GET /forged 200" },
  { content_type: 'x" peer=10.0.0.1' },
  { content_type: "a b\u2028c" },
  { key: "a\nb" },
  { path: "/\x1b]0;title\x07", method: "GET\x00" },
];
test("accessLine() is one line, whatever a caller sends", () => {
  for (const each of HOSTILE) {
    const text = accessLine({ ...REQUEST, ...each }, "text", at);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there
    assert.match(text, /^[^\x00-\x1f\x7f-\x9f\u2028]*\n$/, text);
    assert.equal(text.match(/ peer=/g)?.length, each.content_type?.includes("peer") ? 2 : 1);
    const line = accessLine({ ...REQUEST, ...each }, "json", at);
    assert.match(line, /^[^\n]*\n$/);
    const read = JSON.parse(line) as AccessRecord;
    assert.deepEqual([read.path, read.key], [each.path ?? "/predict", each.key ?? "ci"]);
  }
});

test("isoTime() equals that of a Date", () => {
  for (const time of [0, 999, 1000, at, at + 0.9, at + 939, at + 940, at - 1, 951782400000]) {
    assert.equal(isoTime(time), new Date(time).toISOString());
  }
});
