/** Providers that are registered when the server runs already, or while it starts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, app, service, text } from "ekiben";
import { serve } from "ekiben/serve";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { registered } from "./provider.ts";

const echo = { echo: api({ input: text(), output: text() }, (value) => value) };

async function post(url: string): Promise<void> {
  const response = await fetch(`${url}/echo`, { method: "POST", body: "a" });
  assert.equal(await response.text(), "a");
}

test("a provider that is registered later gets the spans of the requests after that", async () => {
  using _ = silenced();
  const made = service("late", { apis: echo });
  const options = { port: 0, grpcPort: false, host: "127.0.0.1", signals: false } as const;
  await using server = await serve(made, options);
  await post(server.url);
  using provider = registered();
  await until(async () => {
    await post(server.url);
    return provider.spans.length > 0;
  });
});

test("a provider of onStart gets the spans of all requests", async () => {
  using _ = silenced();
  using cleanUp = new DisposableStack();
  const providers: ReturnType<typeof registered>[] = [];
  const onStart = () => void providers.push(cleanUp.use(registered()));
  await using tested = app(service("hooked", { apis: echo, onStart }));
  await tested.request("/echo", { method: "POST", body: "a" });
  assert.equal(providers[0]?.spans.length, 1);
});
