/**
 * Scene: three services and a folder of models on one runtime, two Prometheus that scrape them, and
 * requests whose number is known, while workers are lost.
 */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../project/checkout.ts";
import { eventually } from "../project/process.ts";
import { startCli } from "../support/cli.ts";
import { binaries, root } from "../support/runtimes.ts";
import { type Prometheus, startPrometheus } from "./prometheus.ts";

/** The runtimes that serve. */
export const RUNTIMES = ["bun", "deno", "node"] as const;

/** How often the requests are sent. After the first time, Prometheus knows every series. */
export const ROUNDS = 5;

const SERVICES = {
  mnist: "examples/mnist/service.ts",
  sentiment: "examples/sentiment/service.ts",
  eventful: "test/system/fixtures/eventful-service.ts",
} as const;

/** The models of a folder, only one of which is loaded at a time. */
const MODELS = ["first", "second"] as const;

type Name = keyof typeof SERVICES | "models";

/** The service that has no native histograms. */
const CLASSIC: Name = "sentiment";

/** The trace of all requests. */
export const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";

/** Where nothing listens. */
export const NOBODY = "http://127.0.0.1:1";

/** A request, how often a round sends it, and its answer. */
interface Sent {
  readonly to: Name;
  readonly path: string;
  readonly body: string | Blob;
  readonly times: number;
  readonly status: number;
  readonly answer?: unknown;
}

/** What a round sends, in this order; what stands in one list is sent at once. */
const STEPS: readonly (readonly Sent[])[] = [
  [
    ...pictures(),
    ok("sentiment", "/analysis", "I love it. The waiters were friendly!", 6, { is_positive: true }),
    ok("sentiment", "/analysis", "It was terrible. I hate it.", 4, { is_positive: false }),
    call("sentiment", { apiName: "analysis", text: "I love it" }, { json: { is_positive: true } }),
  ],
  // Each makes room for the other, and is asked twice for the same.
  ...MODELS.map((model) => [ok("models", `/v2/models/${model}/infer`, blank(), 2)]),
  [{ to: "mnist", path: "/predict", body: "not a picture", times: 1, status: 400 }],
  [{ to: "sentiment", path: "/analysis", body: " ", times: 1, status: 400 }],
  // The worker ends in the middle of a batch, and the calls go on to the one in its place.
  [ok("eventful", "/leave", "", 1)],
  [ok("eventful", "/count", '["one","three"]', 16, [3, 5])],
  [ok("eventful", "/upset", "", 1, ["fulfilled", "rejected", "rejected", "rejected"])],
  [{ to: "eventful", path: "/count", body: '["bad"]', times: 1, status: 500 }],
];

function ok(to: Name, path: string, body: Sent["body"], times: number, answer?: unknown): Sent {
  return { to, path, body, times, status: 200, ...(answer !== undefined && { answer }) };
}

/** A call over Connect, counted as gRPC's. */
function call(to: Name, request: object, answer: unknown): Sent {
  const body = new Blob([JSON.stringify(request)], { type: "application/json" });
  return ok(to, "/bentoml.grpc.v1.BentoService/Call", body, 1, answer);
}

/** An inference of a blank picture. */
function blank(): Blob {
  const image = {
    name: "image",
    shape: [1, 1, 28, 28],
    datatype: "FP32",
    data: Array(784).fill(0),
  };
  return new Blob([JSON.stringify({ inputs: [image] })], { type: "application/json" });
}

/** Writes the folder of the models, each with a cache. */
function writeModels(folder: string): void {
  for (const model of MODELS) {
    mkdirSync(join(folder, model, "1"), { recursive: true });
    writeFileSync(join(folder, model, "config.yaml"), "cache: true\n");
    const file = new URL("examples/mnist/mnist-cnn.onnx", root);
    copyFileSync(file, join(folder, model, "1", "model.onnx"));
  }
}

/** Two pictures of each digit. */
function pictures(): Sent[] {
  const folder = new URL("examples/mnist/digits/", root);
  const labels = JSON.parse(readFileSync(new URL("labels.json", folder), "utf8")) as readonly {
    readonly file: string;
  }[];
  return labels.map(({ file }) => {
    const body = new Blob([readFileSync(new URL(file, folder))], { type: "image/png" });
    return ok("mnist", "/predict", body, 1);
  });
}

export interface Scene extends AsyncDisposable {
  /** The addresses of the services over HTTP. */
  readonly urls: Readonly<Record<Name, string>>;
  /** Scrapes the classic buckets of histograms, as OpenMetrics. */
  readonly classic: Prometheus;
  /** Scrapes native histograms, as protobuf. */
  readonly native: Prometheus;
}

/** Starts it all, sends all requests, and is done when both Prometheus know of the last one. */
export async function openScene(runtime: (typeof RUNTIMES)[number]): Promise<Scene> {
  await using cleanUp = new AsyncDisposableStack();
  const program = { ...binaries(), bun: process.execPath }[runtime];
  const urls: Record<Name, string> = { mnist: "", sentiment: "", eventful: "", models: "" };
  const serve = async (name: Name, path: string, ...flags: string[]): Promise<void> => {
    urls[name] = cleanUp.use(await startCli(["serve", path, ...flags], { program })).url;
  };
  for (const [name, file] of Object.entries(SERVICES) as [keyof typeof SERVICES, string][]) {
    const flags = name === CLASSIC ? ["--native-histograms", "off"] : [];
    await serve(name, fileURLToPath(new URL(file, root)), ...flags);
  }
  const models = join(cleanUp.use(temporaryFolder()).path, "models");
  writeModels(models);
  await serve("models", models, "--max-models", "1");
  const grpc = cleanUp.use(
    await startCli(
      ["serve-grpc", fileURLToPath(new URL(SERVICES.mnist, root)), "--metrics-port", "0"],
      { program },
      /Serving \S+ on grpc:\S+ and (http:\S+)[\s\S]*Runner/,
    ),
  );
  const targets = { ekiben: Object.values(urls), "ekiben-grpc": [grpc.url, NOBODY] };
  const exemplars = "exemplar-storage";
  const classic = cleanUp.use(await startPrometheus(targets, [exemplars]));
  const native = cleanUp.use(await startPrometheus(targets, [exemplars, "native-histograms"]));
  for (let round = 1; round <= ROUNDS; round++) {
    await sendAll(urls);
    if (round === 1 || round === ROUNDS) await scraped([classic, native], round);
  }
  const opened = cleanUp.move();
  return { urls, classic, native, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function sendAll(urls: Readonly<Record<Name, string>>): Promise<void> {
  for (const step of STEPS) {
    const all = step.flatMap((sent) => Array.from({ length: sent.times }, () => sent));
    await Promise.all(all.map((sent) => send(urls[sent.to], sent)));
  }
}

async function send(url: string, { path, body, status, answer }: Sent): Promise<void> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    body,
    // While a round waits for a scrape, Node closes idle connections, which must not be used again.
    keepalive: false,
    headers: { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` },
  });
  const text = await response.text();
  assert.equal(response.status, status, `${path}: ${text}`);
  if (answer !== undefined) assert.deepEqual(JSON.parse(text), answer);
}

/** Waits until the last requests of a round have been scraped. */
async function scraped(all: readonly Prometheus[], round: number): Promise<void> {
  // The last requests to each server, and how many of them a round has.
  const last = [
    ['endpoint="/analysis",http_response_code="400"', 1],
    ['endpoint="/predict",http_response_code="400"', 1],
    ['endpoint="/count",http_response_code="500"', 1],
    [`endpoint="/v2/models/${MODELS.at(-1)}/infer"`, 2],
  ] as const;
  for (const prometheus of all) {
    for (const [labels, each] of last) {
      const expression = `sum(bentoml_api_server_request_total{${labels}})`;
      await eventually(`${expression} to be ${round * each}`, async () => {
        const [sample] = await prometheus.query(expression);
        return sample?.value === round * each;
      });
    }
  }
}
