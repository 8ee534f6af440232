/** Headers by which a caller states its deadline, its lane and its name, in `app()`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMiddleware } from "hono/factory";
import { httpApp } from "../../src/http/http-app.ts";
import { text } from "../../src/io/text.ts";
import { api } from "../../src/service/api.ts";
import type { Context } from "../../src/service/context.ts";
import { type Service, service } from "../../src/service/service.ts";
import { silenced } from "../support/silenced.ts";

const words = { input: text(), output: text() };

const users: Readonly<Record<string, string>> = { "Bearer a": "Ada", "Bearer b": "Ada" };

const authenticate = createMiddleware(async (c, next) => {
  c.header("x-seen", "yes");
  const user = users[c.req.header("authorization") ?? ""];
  if (user === undefined) return c.text("Who are you?", 401);
  c.set("user", user);
  return await next();
});

function guarded(callerOf?: (context: Context) => string | undefined): Service {
  const show = (_: string, { caller, lane }: Context) => `${caller}, ${lane}`;
  return service("guarded", {
    use: [authenticate],
    ...(callerOf === undefined ? {} : { callerOf }),
    apis: { index: api({ ...words, lane: "bulk" }, show), ask: api(words, show) },
  });
}

type Headers = Readonly<Record<string, string>>;

/** The ways to call an API in a request. */
const WAYS = {
  REST: (apiName: string, headers: Headers) =>
    new Request(`http://test/${apiName}`, { method: "POST", body: "x", headers }),
  Connect: (apiName: string, headers: Headers) =>
    new Request("http://test/bentoml.grpc.v1.BentoService/Call", {
      method: "POST",
      body: JSON.stringify({ apiName, text: "x" }),
      headers: { "content-type": "application/json", ...headers },
    }),
} as const;

const A = { authorization: "Bearer a" };

for (const [name, requestOf] of Object.entries(WAYS)) {
  const asked = async (made: Service, apiName: string, headers: Headers) => {
    const response = await httpApp(made).fetch(requestOf(apiName, headers));
    return { response, body: await response.text() };
  };

  test(`a lane is what the caller asks for, or that of the API, over ${name}`, async () => {
    for (const [apiName, headers, lane] of [
      ["index", {}, "bulk"],
      ["index", { "ekiben-lane": "interactive" }, "interactive"],
      ["ask", {}, "interactive"],
      ["ask", { "ekiben-lane": "bulk" }, "bulk"],
    ] as const) {
      const { response, body } = await asked(guarded(), apiName, { ...A, ...headers });
      assert.equal(response.status, 200, body);
      assert.ok(body.includes(`, ${lane}`), `${apiName}: ${body}`);
    }
  });

  test(`a caller is named by callerOf, which reads what middleware set, over ${name}`, async () => {
    const made = guarded((context) => context.get("user" as never));
    for (const authorization of ["Bearer a", "Bearer b"]) {
      const { body } = await asked(made, "ask", { authorization });
      assert.ok(body.includes("Ada, interactive"), body);
    }
    const { body } = await asked(guarded(), "ask", A);
    assert.ok(body.includes("Bearer a, "), body);
  });

  test(`a callerOf that fails is the fault of the service, over ${name}`, async () => {
    using log = silenced();
    for (const callerOf of [() => 7 as never, () => assert.fail("no database")]) {
      const { response, body } = await asked(guarded(callerOf), "ask", A);
      assert.equal(response.status, 500);
      assert.ok(body.includes("Internal error"), body);
    }
    assert.match(log.text, /The option "callerOf" of a service must return a string/);
  });
}

test("a deadline that cannot be read is refused behind the middleware", async () => {
  const app = httpApp(guarded());
  for (const [headers, status] of [
    [{ "request-timeout": "soon" }, 401],
    [{ ...A, "request-timeout": "soon" }, 400],
    [{ ...A, "ekiben-lane": "fast" }, 400],
    [{ ...A, "request-timeout": "0" }, 504],
  ] as const) {
    const response = await app.fetch(WAYS.REST("ask", headers));
    assert.equal(response.status, status, await response.text());
    assert.equal(response.headers.get("x-seen"), "yes");
  }
});
