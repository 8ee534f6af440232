import assert from "node:assert/strict";
import { test } from "node:test";
import { api, service, text } from "ekiben";
import { httpApp } from "../../../src/http/http-app.ts";
import { repository } from "./served.ts";

const apis = { upper: api({ input: text(), output: text() }, (value) => value) };

async function pathsOf(definition: Parameters<typeof httpApp>[0]): Promise<readonly string[]> {
  const response = await httpApp(definition).request("/docs.json");
  const { paths } = (await response.json()) as { readonly paths: object };
  return Object.keys(paths).filter((path) => path.startsWith("/v2"));
}

test("/docs.json has the routes of models, and of their control if there is one", async () => {
  const code = await pathsOf(service("documented", { apis }));
  assert.ok(code.includes("/v2/models/{model}/infer"));
  assert.equal(code.includes("/v2/repository/models/{model}/load"), false);
  const models = repository({ gather: "gather" }, true);
  const given = await pathsOf(service("documented", { models, apis }));
  assert.ok(given.includes("/v2/repository/models/{model}/load"));
  assert.deepEqual(await pathsOf(service("documented", { models: false, apis })), []);
});

test("no API and no mount can be at /v2, or below it", () => {
  for (const route of ["v2", "/v2/models", "v2/infer"]) {
    const at = { upper: api({ input: text(), output: text(), route }, (value) => value) };
    assert.throws(() => service("taken", { apis: at }), /that path is the server's own/);
    const mount = { [route]: () => new Response() };
    assert.throws(() => service("taken", { apis, mount }), /that path is the server's own/);
  }
  service("free", { apis, mount: { "/v2x": () => new Response() } });
});
