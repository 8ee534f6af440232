import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { api, service, text } from "ekiben";
import { type ServeOptions, serve, serveGrpc } from "ekiben/serve";
import { parseConfig } from "../../src/config/config.ts";
import { settingsOf } from "../../src/runtime/settings.ts";
import { samplesIn } from "../support/exposition.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";

const apis = { greet: api({ input: text(), output: text() }, (name) => `Hello, ${name}`) };
const where = { host: "127.0.0.1", signals: false, onUncaught: false } as const;

const CONFIG = {
  api_server: {
    http: { port: 0, host: "127.0.0.1" },
    metrics: { namespace: "configured", duration: { min: 0.1, max: 5, factor: 2 } },
  },
} as const;

test("serve() takes a configuration as an object, or as the path of a file", async () => {
  using _ = silenced();
  const file = join(tmpdir(), `ekiben-${crypto.randomUUID()}.yaml`);
  await writeFile(file, JSON.stringify(CONFIG));
  try {
    for (const config of [CONFIG, file]) {
      const options = { config, grpcPort: false, signals: false, onUncaught: false } as const;
      await using server = await serve(service("configured", { apis }), options);
      assert.notEqual(server.port, 3000);
      await fetch(`${server.url}/greet`, { method: "POST", body: "Ada" });
      const scraped = await (await fetch(`${server.url}/metrics`)).text();
      assert.equal(Object.values(samplesIn(scraped, "configured_request_total"))[0], 1);
      assert.match(scraped, /configured_request_duration_seconds_bucket\{[^}]*le="0\.1"/);
    }
  } finally {
    await rm(file);
  }
});

test("serve() checks a configuration object like a file, and names the wrong key", async () => {
  const wrong: readonly (readonly [config: ServeOptions["config"], message: RegExp])[] = [
    [
      { runners: { batching: { max_batch_sise: 5 } } },
      /^Error: Cannot use the option "config": .*max_batch_sise.*max_batch_size/,
    ],
    [{ api_server: { http: { port: "x" } } }, /Cannot use the option "config": .*port/],
    [{ runners: { none: {} } }, /Cannot use the option "config": .*none/],
    [{ api_server: { http: { host: `${"$"}{UNSET_VARIABLE}` } } }, /UNSET_VARIABLE/],
    [5 as never, /Cannot use the option "config": It must be a mapping of keys, but was 5/],
    [
      "/nowhere/config.yaml",
      /Cannot use the configuration \/nowhere\/config.yaml: there is no such file$/,
    ],
  ];
  for (const [config, message] of wrong) {
    const options = { ...where, port: 0, grpcPort: false, ...(config !== undefined && { config }) };
    await assert.rejects(
      serve(service("configured", { apis }), options as ServeOptions),
      message,
      JSON.stringify(config),
    );
  }
});

test("serve() and serveGrpc() refuse unknown options, with a hint", async () => {
  const tested = service("tested", { apis });
  await assert.rejects(
    serve(tested, { prot: 1 } as ServeOptions),
    /^TypeError: Cannot call serve\(\) with the option "prot": .*port/,
  );
  await assert.rejects(serve(tested, { timeout: 5 } as ServeOptions), /it is timeoutMs/);
  await assert.rejects(serveGrpc(tested, { onePort: true } as ServeOptions), /"onePort"/);
});

test("settingsOf() prefers options to the configuration, and that to the defaults", () => {
  const config = parseConfig({
    object: {
      api_server: {
        traffic: { timeout: 7 },
        grpc: { reflection: { enabled: false }, max_concurrent_streams: 5 },
        metrics: { native_histograms: false, namespace: "a" },
      },
    },
  });
  const configured = settingsOf({}, { config });
  assert.equal(configured.timeoutMs, 7000);
  assert.equal(configured.reflection, false);
  assert.deepEqual(configured.metrics, { enabled: true, namespace: "a", nativeHistograms: false });
  const given = settingsOf(
    {
      timeoutMs: 8,
      reflection: true,
      nativeHistograms: true,
      metrics: { namespace: "b", nativeHistograms: false },
      maxConcurrentStreams: 6,
      maxConcurrentRpcs: 9,
    },
    { config },
  );
  assert.equal(given.timeoutMs, 8);
  assert.equal(given.reflection, true);
  assert.deepEqual(given.metrics, { enabled: true, namespace: "b", nativeHistograms: true });
  assert.deepEqual(given.limits, { maxConcurrentStreams: 6, maxConcurrentCalls: 9 });
  assert.equal(settingsOf({}, {}).timeoutMs, 60_000);
});

test("serve() and serveGrpc() refuse what is no service, and wrong values", async () => {
  const none = undefined as unknown as Parameters<typeof serve>[0];
  const wrong = { ...where, reflection: "no" } as unknown as ServeOptions;
  const host = { ...where, host: 5 } as unknown as ServeOptions;
  for (const open of [serve, serveGrpc]) {
    await assert.rejects(open(none, where), /it needs what service\(\) returns, not undefined/);
    await assert.rejects(open(service("wrong", { apis }), wrong), /"reflection" must be one of/);
    await assert.rejects(open(service("wrong", { apis }), host), /"host" must be a name/);
  }
});
