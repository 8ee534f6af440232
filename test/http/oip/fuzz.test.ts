/**
 * Thousands of malformed requests over a server's own socket: none is a failure of the server, and
 * it answers as before afterwards.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { ByteBudget } from "../../../src/byte-budget.ts";
import { joinBytes } from "../../../src/bytes.ts";
import { fetch } from "../../support/fetch.ts";
import { type Random, seeded } from "../../support/random.ts";
import { silenced } from "../../support/silenced.ts";
import { until } from "../../support/until.ts";
import { post, rowsOf, served } from "./served.ts";

const ROUNDS = 3000;
const AT_ONCE = 16;

const text = new TextEncoder();

/** Values that stand where others are expected. */
const VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  0.5,
  2 ** 53,
  "",
  "x",
  "9".repeat(400),
  [],
  [[]],
  {},
  { __proto__: null, constructor: 1 },
  [1, [2]],
  ["a", 1],
];

const SHAPES: readonly unknown[] = [
  [3],
  [-1],
  [0],
  [2 ** 31],
  [2 ** 32, 2 ** 32],
  [1e300],
  [1, 1, 1],
  [],
  [1.5],
  ["3"],
  Array.from({ length: 1000 }, () => 1),
  Array.from({ length: 40 }, () => 0),
  null,
];

const TYPES = ["INT64", "FP32", "BYTES", "BF16", "FP16", "BOOL", "", "int64", "X", 7] as const;

/** Returns an input that is wrong in some way, or right. */
function inputOf(random: Random): unknown {
  const input: Record<string, unknown> = {
    name: random.of(["i", "i", "i", "j", "", "__proto__"]),
    shape: random.next() < 0.5 ? [3] : random.of(SHAPES),
    datatype: random.next() < 0.6 ? "INT64" : random.of(TYPES),
  };
  if (random.next() < 0.6) input["data"] = random.next() < 0.5 ? [0, 1, 2] : random.of(VALUES);
  if (random.next() < 0.4) {
    const size = random.of<unknown>([24, 0, -1, 1e15, 1.5, "24", null, 23, 25, 2 ** 31]);
    input["parameters"] = random.next() < 0.9 ? { binary_data_size: size } : random.of(VALUES);
  }
  const wrong = random.of(["name", "shape", "datatype", "data"]);
  if (random.next() < 0.1) delete input[wrong];
  if (random.next() < 0.1) input[wrong] = random.of(VALUES);
  return random.next() < 0.03 ? random.of(VALUES) : input;
}

function requestOf(random: Random): unknown {
  if (random.next() < 0.03) return random.of(VALUES);
  const count = random.of([1, 1, 1, 1, 0, 2, 30]);
  const request: Record<string, unknown> = {
    inputs: Array.from({ length: count }, () => inputOf(random)),
  };
  if (random.next() < 0.2) request["id"] = random.of(VALUES);
  if (random.next() < 0.3) {
    const name = random.of(["y", "y", "z", "__proto__"]);
    const parameters = random.of<unknown>([
      { binary_data: true },
      { binary_data: 1 },
      { classification: 2 },
      { classification: -1 },
      { classification: 2 ** 31 },
      { shared_memory_region: "a" },
      null,
    ]);
    request["outputs"] = random.of<unknown>([[{ name, parameters }], [{ name }, { name }], {}]);
  }
  if (random.next() < 0.2) {
    request["parameters"] = random.of<unknown>([
      { binary_data_output: true },
      { binary_data_output: "yes" },
      { priority: -1 },
      { priority: 1e30 },
      { timeout: 1e15 },
      { timeout: "soon" },
      { sequence_id: 1, sequence_start: true },
      { a: { b: 1 } },
    ]);
  }
  if (random.next() < 0.1) request[random.of(["inputs", "outputs", "id"])] = random.of(VALUES);
  return request;
}

/** Texts that are no requests, deep and long ones among them. */
const TEXTS: readonly string[] = [
  "",
  "{",
  "null",
  `${"[".repeat(50_000)}`,
  `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`,
  `{"inputs":[{"name":"i","shape":[3],"datatype":"INT64","data":${"[".repeat(5000)}1`,
  '{"inputs":[],"inputs":[]}',
  '{"inputs":[{"name":"i","name":"i","shape":[1],"shape":[1],"datatype":"INT64","data":[1]}]}',
  '{"inputs":[{"name":"i","shape":[2],"datatype":"INT64","data":[1,2]},]}',
  '{"inputs":[{"name":"\\ud800","shape":[1],"datatype":"INT64","data":[1]}]}',
  "\u0000",
  '{"inputs":NaN}',
];

interface Sent {
  readonly body: Uint8Array;
  readonly headers: Record<string, string>;
}

/** Returns a request whose body, header or encoding may be wrong. */
function sentOf(random: Random): Sent {
  const isText = random.next() < 0.1;
  const json = text.encode(isText ? random.of(TEXTS) : JSON.stringify(requestOf(random)));
  const tail = Uint8Array.from({ length: random.of([0, 24, 24, 23, 25, 7]) }, () =>
    Math.floor(random.next() * (random.next() < 0.5 ? 2 : 256)),
  );
  let body = random.next() < 0.6 ? joinBytes([json, tail]) : json;
  const headers: Record<string, string> = {};
  if (random.next() < 0.7) {
    headers["inference-header-content-length"] =
      random.next() < 0.7
        ? String(json.length)
        : random.of(["0", "-1", "1", "1e3", "", "9".repeat(30), "0x10", `${json.length + 1}`]);
  }
  for (let cuts = Math.floor(random.next() * 1.3); cuts > 0; cuts--) {
    const at = random.below(body.length);
    if (random.next() < 0.5) body = body.slice(0, at);
    else body[at] = random.below(256);
  }
  if (random.next() < 0.1) {
    headers["content-encoding"] = random.of(["gzip", "deflate", "br", "identity"]);
    if (random.next() < 0.7) body = new Uint8Array(gzipSync(body));
  }
  if (random.next() < 0.05) headers["accept-encoding"] = random.of(["gzip", "deflate", ";;q=,*"]);
  if (random.next() < 0.05) headers["content-type"] = random.of(["text/html", "multipart/x", "a"]);
  return { body, headers };
}

const PATHS = [
  "/v2/models/gather/infer",
  "/v2/models/gather/infer",
  "/v2/models/gather/infer",
  "/v2/models/gather/versions/1/infer",
  "/v2/models/gather/versions/%00/infer",
  "/v2/models/mixed/infer",
  "/v2/models/forest/infer",
  "/v2/models/%ff/infer",
  "/v2/models/nothing/infer",
  "/v2/repository/index",
  "/v2/models/gather",
] as const;

test("malformed requests are the caller's fault", { timeout: 300_000 }, async () => {
  using _ = silenced();
  await seeded(malformed);
});

async function malformed(random: Random): Promise<void> {
  const budget = new ByteBudget(64 * 1024 * 1024);
  await using server = await served({}, { budget });
  const statuses = new Map<number, number>();
  const one = async (): Promise<void> => {
    const path = random.of(PATHS);
    const { body, headers } = sentOf(random);
    const init = { method: "POST", body: body as BodyInit, headers };
    const response = await fetch(server.url + path, init);
    const bytes = await response.bytes();
    const about = (): string =>
      `${response.status} ${new TextDecoder().decode(bytes.slice(0, 300))}\n${path} ` +
      `${JSON.stringify(headers)}\n${new TextDecoder().decode(body.slice(0, 2000))}`;
    assert.ok(response.status < 500, about());
    if (response.status !== 200) {
      const answer = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
      assert.deepEqual([Object.keys(answer), typeof answer["error"]], [["error"], "string"]);
      assert.ok(bytes.length < 4096, about());
    }
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
  };
  let left = ROUNDS;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (; left > 0; left--) await one();
    }),
  );
  const kinds = [...statuses.keys()].sort();
  for (const each of [200, 400, 404, 405, 415]) assert.ok(kinds.includes(each), kinds.join(" "));
  assert.equal((await post(`${server.url}/v2/models/gather/infer`, rowsOf(1))).status, 200);
  await until(() => budget.heldBytes === 0);
}
