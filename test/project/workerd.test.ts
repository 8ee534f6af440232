/** Services in workerd, the runtime of Cloudflare Workers. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { BuildOptions } from "esbuild";
import type { Workerd } from "../../examples/edge/workerd.ts";
import { framed, framesOf } from "../runtime/cases/frames.ts";
import { root } from "../support/runtimes.ts";
import { startWorkerd } from "./workerd.ts";

const folder = (path: string): string => fileURLToPath(new URL(path, root));
const mnist = new URL("examples/mnist/", root);
const EDGE = readFileSync(new URL("examples/edge/worker.ts", root), "utf8");
const PUSH = readFileSync(new URL("examples/edge/push.ts", root), "utf8");
const SHARED = 'import { app } from "ekiben"; import s from "./shared.ts"; export default app(s);';

const startMnist = (isolates = 1): Promise<Workerd> =>
  startWorkerd(EDGE, folder("examples/edge"), { isolates });
const startShared = (): Promise<Workerd> => startWorkerd(SHARED, folder("test/project/fixtures"));

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Posts a value; `undefined` if the signal ends the request. */
async function post(
  url: string,
  value: unknown,
  init: RequestInit = {},
): Promise<Answer | undefined> {
  const headers = { "content-type": "application/json", ...(init.headers as object) };
  try {
    const body = JSON.stringify(value);
    const answer = await fetch(url, { method: "POST", body, ...init, headers });
    return { status: answer.status, body: await answer.json() };
  } catch (error) {
    if (init.signal?.aborted === true) return undefined;
    throw error;
  }
}

/** Returns the value of a series. */
async function metric(url: string, series: RegExp): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((each) => series.test(each)) ?? "";
  return Number(line.slice(line.lastIndexOf(" ")));
}

/** workerd's warning about a request that ended before what it waits for. */
const STRANDED = /request context/;

test("examples/edge reads digits over REST, Connect and gRPC-Web, and is scraped", async () => {
  await using workerd = await startMnist();
  const picture = readFileSync(new URL("digits/digit-7-a.png", mnist));
  const digitOf = (text: string): unknown => (JSON.parse(text) as { digit: unknown }).digit;
  const label = 7;

  const form = new FormData();
  form.set("image", new Blob([picture], { type: "image/png" }));
  const rest = await fetch(`${workerd.url}/predict`, { method: "POST", body: form });
  assert.equal(digitOf(await rest.text()), label, workerd.output);

  const message = {
    apiName: "predict",
    file: { kind: "image/png", content: picture.toString("base64") },
  };
  const call = `${workerd.url}/bentoml.grpc.v1.BentoService/Call`;
  const connect = await post(call, message);
  assert.equal(connect?.status, 200, JSON.stringify(connect));
  assert.match(JSON.stringify(connect?.body), /"digit":7/);

  const web = await fetch(call, {
    method: "POST",
    body: framed(new TextEncoder().encode(JSON.stringify(message))),
    headers: { "content-type": "application/grpc-web+json" },
  });
  const [answer, trailer] = framesOf(await web.bytes());
  const textOf = (bytes?: Uint8Array): string => new TextDecoder().decode(bytes);
  assert.match(textOf(trailer?.bytes), /grpc-status: 0/);
  assert.equal(digitOf(JSON.stringify(JSON.parse(textOf(answer?.bytes)).json)), label);

  // The first two calls at once: one of them makes the types.
  const typed = `${workerd.url}/ekiben.onnx_mnist.v1.OnnxMnistService/Predict`;
  const image = { content: picture.toString("base64") };
  for (const each of await Promise.all([post(typed, { image }), post(typed, { image })])) {
    assert.match(JSON.stringify(each?.body), /"value":\{.*"digit":7/, workerd.output);
  }

  assert.equal(await metric(workerd.url, /^digits_predicted_total/), 5);
  assert.ok((await metric(workerd.url, /^inference_duration_seconds_count/)) >= 3);
});

test("a worker bundled by esbuild alone opens a model that it is given", async () => {
  const contents = `import { app } from "ekiben";
    import { provideFile } from "ekiben/onnx";
    import model from "../mnist/mnist-cnn.onnx";
    import mnist from "../mnist/service.ts";
    provideFile("mnist-cnn.onnx", model);
    export default app(mnist);`;
  // The options that docs/edge.md has.
  const alone: BuildOptions = {
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*"],
    loader: { ".wasm": "copy", ".onnx": "copy" },
    define: { "import.meta.url": '"file:///worker.js"' },
  };
  // The flag with which wrangler's templates begin: there are parts of Node then.
  const flags = { compatibilityFlags: ["nodejs_compat"] };
  await using workerd = await startWorkerd(contents, folder("examples/edge"), flags, alone);
  const picture = readFileSync(new URL("digits/digit-2-b.png", mnist));
  const headers = { "content-type": "image/png" };
  const answer = await fetch(`${workerd.url}/predict`, { method: "POST", body: picture, headers });
  assert.equal(((await answer.json()) as { digit: number }).digit, 2, workerd.output);
});

test("requests of an isolate are joined; each isolate has a model of its own", async () => {
  await using workerd = await startMnist(2);
  const zeros = Array.from({ length: 28 }, () => new Array<number>(28).fill(0));
  await Promise.all(workerd.urls.map((url) => post(`${url}/classify`, [[zeros]])));
  const calls = 50;
  const rowsOf = async (url: string): Promise<[rows: number, batches: number]> => [
    await metric(url, /^ekiben_batch_rows_sum/),
    await metric(url, /^ekiben_batch_rows_count/),
  ];
  const before = await Promise.all(workerd.urls.map(rowsOf));
  const answers = await Promise.all(
    workerd.urls.flatMap((url) =>
      Array.from({ length: calls }, () => post(`${url}/classify`, [[zeros]])),
    ),
  );
  assert.ok(answers.every((answer) => answer?.status === 200));
  for (const [at, [rows, batches]] of (await Promise.all(workerd.urls.map(rowsOf))).entries()) {
    const [rowsBefore = 0, batchesBefore = 0] = before[at] ?? [];
    assert.equal(rows - rowsBefore, calls);
    assert.ok(batches - batchesBefore < calls, `${batches - batchesBefore} batches`);
  }
  assert.doesNotMatch(workerd.output, STRANDED);
});

test("requests share a load, though the one that has begun it disconnects", async () => {
  await using workerd = await startShared();
  const leaving = new AbortController();
  const first = post(`${workerd.url}/next`, 0, { signal: leaving.signal });
  setTimeout(() => leaving.abort(), 100); // a load takes 300 ms
  const others = Array.from({ length: 20 }, (_, at) => post(`${workerd.url}/next`, at));
  assert.deepEqual(
    (await Promise.all(others)).map((answer) => answer?.body),
    others.map((_, at) => at + 1),
  );
  // It may have been answered, if the machine has stopped this process for longer than the load.
  assert.ok([undefined, 200].includes((await first)?.status));
  assert.equal(await metric(workerd.url, /^ekiben_worker_restarts_total/), 0);
  assert.doesNotMatch(workerd.output, STRANDED);
});

test("clients that disconnect, while they wait or run, cost no other its answer", async () => {
  await using workerd = await startShared();
  await post(`${workerd.url}/next`, 0);
  for (const method of ["next", "windowed"]) {
    const calls = Array.from({ length: 60 }, (_, at) => {
      const signal = at % 2 === 0 ? AbortSignal.timeout(at) : undefined;
      return post(`${workerd.url}/${method}`, at, signal && { signal });
    });
    for (const [at, answer] of (await Promise.all(calls)).entries()) {
      if (at % 2 === 1 || answer !== undefined) {
        assert.deepEqual(answer, { status: 200, body: at + 1 }, `${method} ${at}`);
      }
    }
  }
  assert.doesNotMatch(workerd.output, STRANDED);
});

test("a window ends, though the request that has begun it disconnects", async () => {
  await using workerd = await startShared();
  await post(`${workerd.url}/next`, 0);
  const leaving = new AbortController();
  const first = post(`${workerd.url}/windowed`, 1, { signal: leaving.signal });
  setTimeout(() => leaving.abort(), 100); // a window is of 200 ms
  const second = post(`${workerd.url}/windowed`, 2);
  assert.equal((await second)?.body, 3);
  assert.ok([undefined, 200].includes((await first)?.status)); // as above
});

test("a method that throws or hangs fails its own call alone, and deadlines hold", async () => {
  await using workerd = await startShared();
  const moody = `${workerd.url}/moody`;
  await post(`${workerd.url}/next`, 0);
  const cases = [
    [-1, 422],
    [-2, 504],
  ] as const;
  for (const [bad, status] of cases) {
    const calls = Array.from({ length: 20 }, (_, at) => post(moody, at === 7 ? bad : at));
    for (const [at, answer] of (await Promise.all(calls)).entries()) {
      if (at === 7) assert.equal(answer?.status, status, JSON.stringify(answer));
      else assert.deepEqual(answer, { status: 200, body: at + 1 });
    }
  }
  const headers = { "connect-timeout-ms": "100" };
  const call = `${workerd.url}/bentoml.grpc.v1.BentoService/Call`;
  const late = await post(call, { apiName: "moody", json: -3 }, { headers });
  assert.match(JSON.stringify(late?.body), /"code":"deadline_exceeded"/);
  assert.deepEqual(await post(moody, 5), { status: 200, body: 6 });
});

test("examples/edge pushes its metrics from the requests that it answers", async () => {
  const pushed = Promise.withResolvers<{ readonly path: string; readonly text: string }>();
  const gateway = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    response.end();
    pushed.resolve({ path: `${request.method} ${request.url}`, text });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => gateway.once("listening", resolve));
  try {
    const { port } = gateway.address() as { readonly port: number };
    const env = { PUSHGATEWAY: `http://127.0.0.1:${port}` };
    await using workerd = await startWorkerd(PUSH, folder("examples/edge"), { env });
    const zeros = Array.from({ length: 28 }, () => new Array<number>(28).fill(0));
    assert.equal((await post(`${workerd.url}/classify`, [[zeros]]))?.status, 200, workerd.output);
    const { path, text } = await pushed.promise;
    assert.match(path, /^PUT \/metrics\/job\/mnist\/instance\/[\w-]+$/);
    assert.match(text, /^ekiben_batch_rows_count/m);
  } finally {
    gateway.close();
  }
});

test("app() has the page at / in workerd, whole and compressed once", {
  timeout: 300_000,
}, async () => {
  await using workerd = await startShared();
  const html = await (await fetch(`${workerd.url}/`)).text();
  assert.match(html, /^<!doctype html>/);
  for (const [, path = ""] of html.matchAll(/"(\?ui=[^"]+)"/g)) {
    const url = `${workerd.url}/${path.replace("&amp;", "&")}`;
    const zipped = await (await fetch(url, { headers: { "accept-encoding": "gzip" } })).text();
    const plain = await (await fetch(url, { headers: { "accept-encoding": "identity" } })).text();
    assert.ok(zipped.length > 1000 && zipped === plain, path);
  }
});
