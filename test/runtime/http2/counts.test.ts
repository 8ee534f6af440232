/** Connections that are refused are counted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, type Service, service, text } from "ekiben";
import { rpcRoutes } from "../../../src/rpc/routes.ts";
import type { Http2Limits } from "../../../src/runtime/http2/limits.ts";
import { linesOf } from "../../support/exposition.ts";
import { until } from "../../support/until.ts";
import { openRoutes } from "./open-routes.ts";
import { PREFACE, RawConnection, SETTINGS, TYPE } from "./raw-http2.ts";

async function open(limits: Partial<Http2Limits>) {
  const apis = { upper: api({ input: text(), output: text() }, (value) => value.toUpperCase()) };
  const definition = service("counted", { apis });
  const settings = { host: "127.0.0.1", port: 0, limits };
  const { port, close } = await openRoutes(rpcRoutes(definition), settings);
  return { definition, port, [Symbol.asyncDispose]: () => close(0) };
}

async function total({ metrics }: Service, name: string): Promise<number> {
  const lines = await linesOf(metrics, name);
  return Object.values(lines).reduce((sum, value) => sum + value, 0);
}

test("A connection above the bound is counted", async () => {
  await using server = await open({ maxConnections: 1 });
  const name = "ekiben_refused_connections_total";
  const first = new RawConnection(server.port);
  await first.send(PREFACE, SETTINGS);
  await until(() => first.got(TYPE.settings));
  assert.equal(await total(server.definition, name), 0);
  const second = new RawConnection(server.port);
  await until(() => second.closed);
  assert.equal(await total(server.definition, name), 1);
  first.socket.destroy();
});
