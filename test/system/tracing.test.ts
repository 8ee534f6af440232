/**
 * The exporters of others send the spans of a server to a receiver of OTLP: Node's SDK, the tracing
 * library alone on Bun, and what is built into Deno.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startCli } from "../support/cli.ts";
import { binaries, root } from "../support/runtimes.ts";
import { until } from "../support/until.ts";

const PACKAGES = [
  ...["@opentelemetry/api@1.10.0", "@opentelemetry/sdk-node@0.301.0"],
  ...["@opentelemetry/sdk-trace-base@2.12.1", "@opentelemetry/exporter-trace-otlp-http@0.301.0"],
];

const PROGRAMS = {
  "node.mjs": `
    import { NodeSDK } from "@opentelemetry/sdk-node";
    import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
    new NodeSDK({ traceExporter: new OTLPTraceExporter() }).start();
  `,
  "bun.mjs": `
    import { trace } from "@opentelemetry/api";
    import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
    import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
    const spanProcessors = [new SimpleSpanProcessor(new OTLPTraceExporter())];
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  `,
};

/** Installs the packages, and keeps them in the temporary directory. */
function installed(): string {
  const folder = join(tmpdir(), "ekiben-opentelemetry");
  const done = join(folder, "installed");
  mkdirSync(folder, { recursive: true });
  for (const [name, source] of Object.entries(PROGRAMS)) writeFileSync(join(folder, name), source);
  if (existsSync(done)) return folder;
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"];
  execFileSync("npm", ["install", ...flags, ...PACKAGES], { cwd: folder, stdio: "pipe" });
  writeFileSync(done, "");
  return folder;
}

interface Sent {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly links?: readonly { readonly spanId: string }[];
}

interface Export {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string };
      readonly spans: readonly Sent[];
    }[];
  }[];
}

/** A receiver of OTLP as JSON over HTTP, which keeps the spans of Ekiben. */
async function receiver() {
  const spans: Sent[] = [];
  const server = createServer(async (request, response) => {
    const { resourceSpans = [] } = JSON.parse((await text(request)) || "{}") as Partial<Export>;
    for (const { scope, spans: sent } of resourceSpans.flatMap(({ scopeSpans }) => scopeSpans)) {
      if (scope.name === "ekiben") spans.push(...sent);
    }
    response.setHeader("content-type", "application/json").end("{}");
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    spans,
    url: `http://127.0.0.1:${port}`,
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const mnist = fileURLToPath(new URL("examples/mnist/service.ts", root));
const digit = readFileSync(new URL("examples/mnist/digits/digit-3-a.png", root));

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

/** How each runtime is told to trace. */
const EXPORTERS: Readonly<
  Record<"bun" | "node" | "deno", (folder: string) => Record<string, string>>
> = {
  bun: (folder) => ({ BUN_OPTIONS: `--preload ${join(folder, "bun.mjs")}` }),
  node: (folder) => ({ NODE_OPTIONS: `--import ${pathToFileURL(join(folder, "node.mjs")).href}` }),
  deno: () => ({ OTEL_DENO: "true" }),
};

for (const runtime of ["bun", "node", "deno"] as const) {
  test(`a server on ${runtime} sends its spans by the exporter of others`, async () => {
    const folder = installed();
    using collector = await receiver();
    const env = {
      ...EXPORTERS[runtime](folder),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_BSP_SCHEDULE_DELAY: "100",
    };
    const program = { ...binaries(), bun: process.execPath }[runtime];
    await using server = await startCli(["serve", mnist], { env, program });
    const response = await fetch(`${server.url}/predict`, {
      method: "POST",
      headers: { "content-type": "image/png", traceparent: `00-${TRACE}-${PARENT}-01` },
      body: digit,
    });
    assert.equal(response.status, 200, await response.text());
    await until(() => collector.spans.length >= 4);
    const named = (name: string): Sent | undefined =>
      collector.spans.find((span) => span.name === name);
    const [request, queue, run, batch] = ["POST /predict", "queue", "run", "batch"].map(named);
    assert.ok(request && queue && run && batch);
    assert.deepEqual([request.traceId, request.parentSpanId], [TRACE, PARENT]);
    assert.equal(request.kind, 2); // a server
    for (const below of [queue, run]) {
      assert.deepEqual([below.traceId, below.parentSpanId], [TRACE, request.spanId]);
    }
    assert.deepEqual(
      batch.links?.map(({ spanId }) => spanId),
      [request.spanId],
    );
    assert.deepEqual(
      run.links?.map(({ spanId }) => spanId),
      [batch.spanId],
    );
  });
}
