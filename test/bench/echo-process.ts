/**
 * An echo service in a process of its own, with all default metrics (argument `on`) or none
 * (`off`). It first prints its address. Then, for each line of its input, a path, it makes requests
 * there through `fetch()`; for an empty line none. It answers with the nanoseconds of processor
 * time that it has used by then.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { app } from "../../src/http/app.ts";
import { text } from "../../src/io/text.ts";
import { metrics } from "../../src/metrics/registry.ts";
import { runner } from "../../src/runner/runner.ts";
import { nodeHost } from "../../src/runtime/node-host.ts";
import { serve } from "../../src/runtime/serve.ts";
import { api } from "../../src/service/api.ts";
import { service } from "../../src/service/service.ts";
import { silenced } from "../support/silenced.ts";
import echoing from "./echo.ts";

// What is logged would stand between the answers.
using _ = silenced();
const enabled = process.argv[2] === "on";

/** How many requests are made at a path, and how many of them at once. */
const REQUESTS = 1_000;
const AT_ONCE = 16;

const echoes = runner(echoing, { workers: 1 });
const echo = api({ input: text(), output: text() }, (input) => input);
const infer = api({ input: text(), output: text() }, async (input, { signal }) => {
  const [output = ""] = await echoes.echo([input], { signal });
  return output;
});
const registry = () => metrics({ processMetrics: enabled });

const whole = service("echo", { runners: [echoes], metrics: registry(), apis: { echo, infer } });
await whole.start(nodeHost, { runnerMetrics: () => ({ enabled, namespace: "bentoml_runner" }) });
const hono = app(whole, { metrics: { enabled } });

const listening = service("echo", { metrics: registry(), apis: { echo } });
const options = { port: 0, host: "127.0.0.1", grpcPort: false, metrics: { enabled } } as const;
const server = await serve(listening, options);
console.log(server.url);

for await (const path of createInterface({ input: process.stdin })) {
  if (path !== "") await callAll(path);
  const { user, system } = process.cpuUsage();
  console.log(1000 * (user + system));
}
await server.close();
await whole.close();

async function callAll(path: string): Promise<void> {
  let left = REQUESTS;
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      const request = new Request(`http://localhost${path}`, { method: "POST", body: "Hello" });
      await (await hono.fetch(request)).text();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
}
