/**
 * An echo service twice in one process: `on` with all default metrics but the process's, `off` with
 * none. It first prints the address of each. Then it executes each line of its input, and answers
 * with the processor time that it has used by then, in nanoseconds. `on /echo` (or `off`, or
 * `/infer`) makes requests to that path through `fetch()`; an empty line does nothing; `process`
 * begins to measure the process.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { host as nodeHost } from "../../src/host/server.ts";
import { httpApp as app } from "../../src/http/http-app.ts";
import { text } from "../../src/io/text.ts";
import { processMetrics } from "../../src/metrics/process/server.ts";
import { metrics } from "../../src/metrics/registry.ts";
import { runner } from "../../src/runner/runner.ts";
import { serve } from "../../src/runtime/serve.ts";
import { api } from "../../src/service/api.ts";
import { type Service, service } from "../../src/service/service.ts";
import { silenced } from "../support/silenced.ts";
import echoing from "./echo.ts";

// Log lines would mix with the answers.
using _ = silenced();

/** The number of requests to a path, and of those at the same time. */
const REQUESTS = 500;
const AT_ONCE = 16;

const runnerMetrics = (enabled: boolean) => () => ({ enabled, namespace: "bentoml_runner" });
const served = (enabled: boolean) =>
  ({ port: 0, host: "127.0.0.1", grpcPort: false, metrics: { enabled } }) as const;

const echo = api({ input: text(), output: text() }, (input) => input);

/** For its socket alone: what is served starts its runners itself, with their metrics. */
function simple(): Service {
  return service("echo", { metrics: metrics({ processMetrics: false }), apis: { echo } });
}

function whole(): Service {
  const echoes = runner(echoing, { workers: 1 });
  const infer = api({ input: text(), output: text() }, async (input, context) => {
    const [output = ""] = await echoes.echo([input], context);
    return output;
  });
  return service("echo", {
    metrics: metrics({ processMetrics: false }),
    runners: [echoes],
    apis: { echo, infer },
  });
}

async function open(enabled: boolean) {
  const inner = whole();
  await inner.start(nodeHost, { runnerMetrics: runnerMetrics(enabled) });
  const server = await serve(simple(), served(enabled));
  return { inner, hono: app(inner, { metrics: { enabled } }), server };
}

const both = { on: await open(true), off: await open(false) };
for (const { server } of [both.on, both.off]) console.log(server.url);

for await (const line of createInterface({ input: process.stdin })) {
  const [which, path] = line.split(" ");
  if (path !== undefined) await callAll(which === "on" ? both.on.hono : both.off.hono, path);
  else if (which === "process") await processMetrics();
  const { user, system } = process.cpuUsage();
  console.log(1000 * (user + system));
}
for (const { server, inner } of [both.on, both.off]) {
  await server.close();
  await inner.close();
}
// Process metrics cannot be stopped.
process.exit(0);

async function callAll(hono: ReturnType<typeof app>, path: string): Promise<void> {
  let left = REQUESTS;
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      const request = new Request(`http://localhost${path}`, { method: "POST", body: "Hello" });
      await (await hono.fetch(request)).text();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
}
