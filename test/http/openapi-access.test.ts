/** What the document says of keys, rates and pages of other origins is what the server does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Access } from "../../src/access/access.ts";
import type { AccessOptions } from "../../src/access/access-options.ts";
import { httpApp } from "../../src/http/http-app.ts";
import { text } from "../../src/io/text.ts";
import { api } from "../../src/service/api.ts";
import { service } from "../../src/service/service.ts";
import { FakeClock } from "../support/fake-clock.ts";

interface Operation {
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly responses: Readonly<
    Record<string, { readonly $ref?: string; readonly headers?: object }>
  >;
}

interface Document {
  readonly security: NonNullable<Operation["security"]>;
  readonly components: {
    readonly securitySchemes?: Readonly<Record<string, { readonly type: string }>>;
    readonly responses: Readonly<Record<string, { readonly headers: object }>>;
  };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const KEY = "api-key-0001";
const SCRAPE = "scrape-key-0002";
const PAGE = { origin: "https://evil.org", "sec-fetch-site": "cross-site" };

/** An application, as a server that listens on localhost has it. */
function applicationOf(options: AccessOptions) {
  const guarded = service("guarded", {
    runners: [],
    apis: { who: api({ input: text(), output: text() }, () => "") },
  });
  const access = new Access(options, { clock: new FakeClock(), isLocal: true });
  return httpApp(guarded, { access });
}

const OPTIONS: readonly (readonly [string, AccessOptions])[] = [
  ["no keys", {}],
  ["keys", { apiKeys: [`ada:${KEY}`] }],
  ["keys, but not for metrics", { apiKeys: [KEY], metricsKeys: "open" }],
  ["keys for metrics alone", { metricsKeys: [SCRAPE] }],
  ["keys, and others for metrics", { apiKeys: [KEY], metricsKeys: [`p:${SCRAPE}`] }],
  ["keys, but not for some paths", { apiKeys: [KEY], openPaths: ["/docs.json", "/metrics"] }],
];

for (const [what, options] of OPTIONS) {
  test(`/openapi.json says what needs a key: ${what}`, async () => {
    const app = applicationOf(options);
    const asked = await app.request("/openapi.json", { headers: { "x-api-key": KEY } });
    const { security: common, components, paths } = (await asked.json()) as Document;
    const { securitySchemes: schemes = {} } = components;
    const used = new Set<string>();
    const answers = [];
    for (const [path, operations] of Object.entries(paths)) {
      // There is no model, so that calls of models are not asked for.
      if (path.includes("{")) continue;
      for (const [method, { security = common, responses }] of Object.entries(operations)) {
        const init = { method: method.toUpperCase(), ...(method === "post" ? { body: "" } : {}) };
        const without = await app.request(path, init);
        const ofPage = await app.request(path, { ...init, headers: { ...PAGE, "x-api-key": KEY } });
        answers.push([without, ofPage]);
        const needsKey = security.length > 0;
        assert.equal(without.status === 401, needsKey, `${path}: ${without.status}`);
        assert.equal("401" in responses, needsKey, path);
        // Probes are open to all pages.
        if (ofPage.status === 403) assert.ok("403" in responses, path);
        else assert.ok(!("403" in responses) || ofPage.status === 401, path);
        for (const name of security.flatMap((each) => Object.keys(each))) used.add(name);
        for (const each of [without, ofPage]) {
          assert.ok(String(each.status) in responses || "default" in responses, path);
        }
        if (!needsKey) continue;
        const names = security.map((each) => Object.keys(each)[0] ?? "");
        assert.deepEqual(
          names.map((name) => schemes[name]?.type),
          ["http", "apiKey"],
        );
        const key = names[0] === "MetricsKey" ? SCRAPE : KEY;
        for (const headers of [{ authorization: `Bearer ${key}` }, { "x-api-key": key }]) {
          assert.notEqual((await app.request(path, { ...init, headers })).status, 401, path);
        }
      }
    }
    assert.ok(answers.length > 8);
    assert.deepEqual(Object.keys(schemes).sort(), [...used].sort());
  });
}

test("/openapi.json has the answers to too many requests, and their headers", async () => {
  const app = applicationOf({ rateLimit: { rate: "1/s", burst: 1 }, apiKeys: [KEY] });
  const headers = { "x-api-key": KEY };
  const asked = await app.request("/openapi.json", { headers });
  const { components, paths } = (await asked.json()) as Document;
  const refused = await app.request("/who", { method: "POST", body: "", headers });
  assert.equal(refused.status, 429);
  const responses = paths["/who"]?.["post"]?.responses ?? assert.fail("It has no API");
  const name = responses["429"]?.$ref?.split("/").at(-1) ?? "";
  const limits = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"];
  const listed = Object.keys(components.responses[name]?.headers ?? {});
  assert.deepEqual(listed, ["X-Request-Id", "Retry-After", ...limits]);
  for (const header of listed) assert.ok(refused.headers.has(header), header);
  for (const limit of limits) assert.ok(limit in (responses["200"]?.headers ?? {}), limit);
  assert.deepEqual(Object.keys(components.responses["Unauthenticated"]?.headers ?? {}), [
    "X-Request-Id",
    "WWW-Authenticate",
    ...limits,
  ]);
  for (const path of ["/livez", "/metrics", "/"]) {
    assert.ok(!("429" in (paths[path]?.["get"]?.responses ?? {})), path);
  }
});

test("/openapi.json has 429 for calls alone where only those under way are bounded", async () => {
  const asked = await applicationOf({ maxConcurrency: 1 }).request("/openapi.json");
  const { paths } = (await asked.json()) as Document;
  const limited = Object.entries(paths).filter(([, operations]) =>
    Object.values(operations).some(({ responses }) => "429" in responses),
  );
  const names = limited.map(([path]) => path).filter((path) => !path.startsWith("/v2"));
  assert.deepEqual(names, ["/who"]);
  const { post } = paths["/who"] ?? assert.fail("It has no API");
  assert.ok(!("RateLimit-Limit" in (post?.responses["200"]?.headers ?? {})));
});
