/** Real Hono middleware over every protocol, on the ports of a server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, ServiceError, service, text } from "ekiben";
import { serve } from "ekiben/serve";
import type { MiddlewareHandler } from "hono";
import { silenced } from "../support/silenced.ts";
import { CALLERS, type Outcome } from "./every-protocol.ts";
import { CASES, type Expected } from "./middleware-cases.ts";

const tested = (use: MiddlewareHandler[]) =>
  service("guarded", {
    use,
    apis: {
      upper: api({ input: text(), output: text() }, (value) => value.toUpperCase()),
      identify: api({ input: text(), output: text() }, (_, { requestId }) => requestId),
      whoami: api({ input: text(), output: text() }, (_, context) => {
        const user = context.get("user") as { readonly name: string } | undefined;
        return user?.name ?? "nobody";
      }),
      claims: api({ input: text(), output: text() }, (_, context) => {
        const { sub } = context.get("jwtPayload") as { readonly sub: string };
        return sub;
      }),
      refuse: api({ input: text(), output: text() }, () => {
        throw new ServiceError("failed_precondition", "not today", { retryAfterSeconds: 7 });
      }),
      hang: api({ input: text(), output: text() }, () => new Promise<string>(() => {})),
    },
  });

const serveLocally = (use: MiddlewareHandler[]) =>
  serve(tested(use), {
    host: "127.0.0.1",
    port: 0,
    grpcPort: 0,
    signals: false,
    onUncaught: false,
  });

function check(outcome: Outcome, expected: Expected, about: string): void {
  const { status, code, text, metadata } = outcome;
  if (status === undefined) assert.equal(code, expected.code, `${about}: ${text}`);
  else assert.equal(status, expected.status, `${about}: ${text}`);
  const wanted = status === undefined ? expected.text : (expected.restText ?? expected.text);
  if (typeof wanted === "string") assert.equal(text, wanted, about);
  else if (wanted !== undefined) assert.match(text, wanted, about);
  for (const [name, value] of Object.entries(expected.metadata ?? {})) {
    const given = metadata.get(name);
    if (typeof value === "string") assert.equal(given, value, `${about}: ${name}`);
    else assert.match(given ?? "", value, `${about}: ${name}`);
  }
}

for (const [what, { use, api: name = "upper", headers, expected, logged }] of Object.entries(
  CASES,
)) {
  test(`use: ${what}`, async () => {
    using output = silenced();
    await using server = await serveLocally(use);
    for (const [protocol, call] of Object.entries(CALLERS)) {
      check(await call(server, name, "a", headers), expected, protocol);
    }
    if (logged !== undefined) assert.match(output.text, logged);
    else assert.doesNotMatch(output.text, /\[ERR\]/);
  });
}
