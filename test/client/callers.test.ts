/** The typed client on this runtime, against a server with keys and a rate. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { serve } from "ekiben/serve";
import { ACCESS, EVERYTHING, everything } from "./callers/calls.ts";
import { shop } from "./callers/shop.ts";

test("a typed client calls a server with keys and a rate over every protocol", async () => {
  await using server = await serve(shop, { port: 0, grpcPort: false, accessLog: false, ...ACCESS });
  assert.deepEqual(await everything(server.url), EVERYTHING);
});
