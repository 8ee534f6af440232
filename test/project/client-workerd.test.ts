/** The typed client in workerd, and a service there that typed clients call. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "ekiben/serve";
import { ACCESS, EVERYTHING, everything } from "../client/callers/calls.ts";
import { shop } from "../client/callers/shop.ts";
import { startWorkerd } from "./workerd.ts";

const folder = fileURLToPath(new URL("../client/callers/", import.meta.url));

test("a Worker calls a server by the typed client", async () => {
  const worker = `
    import { everything } from "./calls.ts";
    export default {
      async fetch(request) {
        return Response.json(await everything(new URL(request.url).searchParams.get("server")));
      },
    };`;
  await using server = await serve(shop, { port: 0, grpcPort: false, accessLog: false, ...ACCESS });
  await using workerd = await startWorkerd(worker, folder);
  const answer = await fetch(`${workerd.url}/?server=${encodeURIComponent(server.url)}`);
  assert.equal(answer.status, 200, workerd.output);
  assert.deepEqual(await answer.json(), EVERYTHING);
});

test("a typed client calls a Worker", async () => {
  const worker = `
    import { app } from "ekiben";
    import { ACCESS } from "./calls.ts";
    import { shop } from "./shop.ts";
    export default app(shop, ACCESS);`;
  await using workerd = await startWorkerd(worker, folder);
  assert.deepEqual(await everything(workerd.url), EVERYTHING, workerd.output);
});
