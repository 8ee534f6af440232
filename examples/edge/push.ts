/**
 * The same worker, which pushes its metrics to a Pushgateway of Prometheus: Cloudflare runs a
 * worker in many isolates, and a scrape of /metrics reaches only one of them.
 */
import { app } from "ekiben";
import mnist from "../mnist/service.ts";

const digits = app(mnist);

/** The least time between two pushes of an isolate, in milliseconds. */
const INTERVAL_MS = 15_000;

/** The name of this isolate. It is made by its first request: none may be random before. */
let instance: string | undefined;
let pushedAtMs = 0;

interface Env {
  /** Its URL, such as `https://pushgateway.example.com`. */
  readonly PUSHGATEWAY: string;
}

async function push({ PUSHGATEWAY }: Env): Promise<void> {
  instance ??= crypto.randomUUID();
  const url = new URL(`/metrics/job/mnist/instance/${instance}`, PUSHGATEWAY);
  const { headers, body } = await digits.request("/metrics");
  const text = await new Response(body).text();
  const type = headers.get("content-type") ?? "text/plain";
  const answer = await fetch(url, { method: "PUT", body: text, headers: { "content-type": type } });
  if (!answer.ok) console.warn(`The Pushgateway answered ${answer.status}`);
}

export default {
  async fetch(
    request: Request,
    env: Env,
    context: { waitUntil(work: Promise<unknown>): void },
  ): Promise<Response> {
    const response = await digits.fetch(request, env);
    if (Date.now() >= pushedAtMs + INTERVAL_MS) {
      pushedAtMs = Date.now();
      context.waitUntil(push(env).catch((error) => console.warn(`Cannot push: ${error}`)));
    }
    return response;
  },
};
