import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { messageOf } from "../../src/error.ts";
import { chunksOf } from "../../src/models/fetch/chunks.ts";
import { networkReason } from "../../src/models/fetch/failure.ts";
import { until } from "../support/until.ts";
import { model, Setup } from "./hub-setup.ts";
import { type Fault, REPO } from "./loopback-hub.ts";

const kb = (count: number): number => count * 1000;

/** Faults that are got over. */
const MENDED: readonly { what: string; faults: readonly Fault[]; ranges?: readonly string[] }[] = [
  {
    what: "breaks",
    faults: [{ breakAfter: kb(100) }, { breakAfter: kb(50) }],
    ranges: ["bytes=100000-", "bytes=150000-"],
  },
  { what: "errors of the server", faults: [429, 500, 503].map((status) => ({ status })) },
  { what: "a rest that is the whole", faults: [{ breakAfter: kb(9) }, { ignoreRange: true }] },
  { what: "a wrong part", faults: [{ breakAfter: kb(9) }, { wrongRange: true }] },
  { what: "416 for a rest", faults: [{ breakAfter: kb(9) }, { status: 416 }] },
  {
    what: "a rest of another file",
    faults: [{ breakAfter: kb(9) }, { body: Buffer.alloc(model.length, 1) }],
  },
];

for (const { what, faults, ranges } of MENDED) {
  test(`a download gets over ${what}`, async () => {
    await using setup = await Setup.open();
    setup.hub.faults.push(...faults);
    const { model: pulled } = await setup.pull(`hf:${REPO}`);
    assert.deepEqual(readFileSync(pulled.file()), model);
    const cdn = setup.hub.seen.filter(({ server }) => server === "cdn");
    const [, ...rests] = cdn.map(({ range }) => range);
    if (ranges !== undefined) assert.deepEqual(rests, ranges);
    assert.equal(setup.hub.faults.length, 0);
    assert.ok(setup.notes.length > 0);
  });
}

test("chunksOf() yields what has come before a break, however soon that is", async () => {
  const first = Buffer.from("first");
  let fail = (_error: Error): void => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(first);
      fail = (error) => controller.error(error);
    },
  });
  const stall = { touch() {}, reason: (error: unknown) => messageOf(error) };
  const chunks = chunksOf(body, stall, "the model");
  // Before anybody asks for a chunk: the file is still being opened.
  await new Promise((resolve) => setImmediate(resolve));
  fail(new Error("reset by peer"));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual((await chunks.next()).value, first);
  await assert.rejects(chunks.next(), /the model broke off: reset by peer/);
});

test("a server that asks for a wait gets it, but not one without end", async () => {
  await using setup = await Setup.open();
  setup.hub.faults.push({ status: 429, headers: { "retry-after": "30" } });
  await setup.pull(`hf:${REPO}`);
  assert.ok(setup.clock.waits.includes(30_000));
  await using other = await Setup.open();
  other.hub.faults.push({ status: 429, headers: { "retry-after": "3600" } });
  await assert.rejects(other.pull(`hf:${REPO}`), { code: "unavailable", retryAfterSeconds: 3600 });
  assert.equal(other.hub.fetched.length, 2);
});

test("a download that stalls is begun again where it stopped", async () => {
  await using setup = await Setup.open();
  setup.hub.faults.push({ stallAfter: kb(100) });
  const pulling = setup.pull(`hf:${REPO}`);
  await until(() => setup.hub.fetched.length > 1 && setup.partSize === kb(100));
  setup.clock.stall();
  assert.deepEqual(readFileSync((await pulling).model.file()), model);
  assert.equal(setup.hub.fetched.at(-1)?.range, "bytes=100000-");
  assert.match(setup.notes.join(), /nothing came for 7\.777 s; trying again/);
  assert.equal(setup.clock.pending, 0);
});

test("networkReason() leaves out the advice of a runtime to whoever calls its fetch()", () => {
  const text = "The socket connection was closed unexpectedly";
  const advice = "For more information, pass `verbose: true` in the second argument to fetch()";
  assert.equal(networkReason(new Error(`${text}. ${advice}`)), text);
  assert.equal(
    networkReason(new Error("x", { cause: new Error("reset by peer") })),
    "reset by peer",
  );
});

/** Faults that are errors, and the tries that they take. */
const FINAL: readonly {
  what: string;
  fault: Fault;
  code: string;
  message: RegExp;
  tries: number;
}[] = [
  {
    what: "another file",
    fault: { body: Buffer.alloc(model.length, 1) },
    code: "failed_precondition",
    message: /onnx\/model\.onnx is not what it should be: its SHA-256 is .*, not 4c436aa7/,
    tries: 1,
  },
  {
    what: "a longer file",
    fault: { body: Buffer.alloc(model.length + 1) },
    code: "failed_precondition",
    message: /the server sends 227778 bytes, not 227777/,
    tries: 1,
  },
  {
    what: "a longer file, which it does not say",
    fault: { body: Buffer.alloc(kb(500)), headers: { "content-encoding": "identity;x" } },
    code: "failed_precondition",
    message: /sends (more than|500000)/,
    tries: 1,
  },
  {
    what: "no token",
    fault: { status: 401 },
    code: "unauthenticated",
    message: /answered 401: .*set HF_TOKEN/,
    tries: 1,
  },
  {
    what: "terms that are not accepted",
    fault: { status: 403, headers: { "x-error-message": "Access to model is restricted" } },
    code: "permission_denied",
    message: /403 \("Access to model is restricted"\): .*terms/,
    tries: 1,
  },
  {
    what: "a file that is gone",
    fault: { status: 404 },
    code: "not_found",
    message: /404/,
    tries: 1,
  },
  {
    what: "a broken server",
    fault: { status: 500 },
    code: "unavailable",
    message: /500/,
    tries: 4,
  },
  {
    what: "breaks before any byte",
    fault: { breakAfter: 0 },
    code: "unavailable",
    message: /broke off|Cannot reach/,
    tries: 4,
  },
  {
    what: "breaks at the same byte each time, since the server sends no rest",
    fault: { breakAfter: kb(60), ignoreRange: true },
    code: "unavailable",
    message: /onnx\/model\.onnx broke off/,
    tries: 4,
  },
];

for (const { what, fault, code, message, tries } of FINAL) {
  test(`a download ends with an error for ${what}, and adds nothing`, async () => {
    await using setup = await Setup.open();
    setup.hub.faults.push(...Array<Fault>(20).fill(fault));
    await assert.rejects(setup.pull(`hf:${REPO}`), { code, message });
    assert.equal(setup.hub.fetched.filter(({ server }) => server === "cdn").length, tries);
    assert.deepEqual(setup.at.store.list(), []);
    // It is not broken for ever.
    setup.hub.faults.length = 0;
    assert.deepEqual(readFileSync((await setup.pull(`hf:${REPO}`)).model.file()), model);
  });
}

test("the rest is fetched by the next process, and its hash checked", async () => {
  await using setup = await Setup.open();
  setup.hub.faults.push({ breakAfter: kb(100) }, ...Array<Fault>(3).fill({ status: 500 }));
  await assert.rejects(setup.pull(`hf:${REPO}`), { code: "unavailable" });
  await setup.pull(`hf:${REPO}`);
  assert.equal(setup.hub.fetched.at(-1)?.range, "bytes=100000-");
});

test("small files are checked by the hash that git has of them", async () => {
  await using setup = await Setup.open();
  setup.hub.faults.push({ body: Buffer.from('{"version":"6.6"}') });
  const include = ["tokenizer.json"];
  await assert.rejects(setup.pull(`hf:${REPO}`, { include }), /its git SHA-1 is/);
});

test("a file that is larger than the disk is not begun", async () => {
  await using setup = await Setup.open();
  const size = 9e15;
  setup.hub.edit = (list) => {
    const [first] = list["siblings"] as [{ size: number; lfs: { size: number } }];
    first.size = size;
    first.lfs.size = size;
    return list;
  };
  setup.hub.faults.push({ headers: { "content-length": String(size) }, stallAfter: 1000 });
  await assert.rejects(setup.pull(`hf:${REPO}`), {
    code: "resource_exhausted",
    message: /The disk is too small for .*onnx\/model\.onnx: of 9000\.0 TB, .* are free/,
  });
  assert.equal(setup.partSize, 0);
  assert.equal(setup.clock.pending, 0);
});
