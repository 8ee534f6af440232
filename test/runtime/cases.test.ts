/** The cases of every place, on the servers of this runtime and in `app()`. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type AppOptions, app } from "ekiben";
import { serve } from "ekiben/serve";
import type { ExecutorName } from "../../src/executor/executor.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";
import { type GrpcCall, MAX_BODY_BYTES, type Place, type Target } from "./cases/target.ts";
import { faultsOf, ROWS, runRow } from "./cases.ts";
import { everyPlace } from "./every-place-service.ts";
import { GrpcClient, outcomeOf } from "./http2/grpc-client.ts";

const log = silenced();
after(() => log[Symbol.dispose]());

const runtime: Place = "Deno" in globalThis ? "Deno" : "Bun" in globalThis ? "Bun" : "Node";

/** Serves on free ports. */
async function served(): Promise<Target & AsyncDisposable> {
  const server = await serve(everyPlace(), {
    port: 0,
    grpcPort: 0,
    host: "127.0.0.1",
    signals: false,
    maxBodyBytes: MAX_BODY_BYTES,
  });
  const client = new GrpcClient(`127.0.0.1:${server.grpcPort}`);
  return {
    place: runtime,
    fetch: (path, init) => fetch(`${server.url}${path}`, init),
    grpc: grpcOf(client),
    async [Symbol.asyncDispose]() {
      client.close();
      await server.close();
    },
  };
}

function grpcOf(client: GrpcClient): GrpcCall {
  return async (path, message, headers, signal) => {
    const stream = client.start(path, headers);
    const outcome = outcomeOf(stream);
    signal?.addEventListener("abort", () => stream.cancel());
    stream.write(Buffer.from(message));
    stream.end();
    const { header, trailer, ...rest } = await outcome;
    return { ...rest, header: headersOf(header), trailer: headersOf(trailer) };
  };
}

function headersOf(metadata: { getMap(): Record<string, string | Buffer> } | undefined): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(metadata?.getMap() ?? {})) {
    headers.set(name, typeof value === "string" ? value : value.toString("base64"));
  }
  return headers;
}

/** Calls the application without a port. */
async function called(options: AppOptions = {}): Promise<Target & AsyncDisposable> {
  const application = app(everyPlace(), { ...options, maxBodyBytes: MAX_BODY_BYTES });
  await application.ready();
  return {
    place: "app()",
    fetch: async (path, init) =>
      await application.fetch(new Request(`http://localhost${path}`, init)),
    [Symbol.asyncDispose]: () => application.close(),
  };
}

for (const [name, open] of Object.entries({ "serve()": served, "app()": () => called() })) {
  const opening = open();
  after(async () => await (await opening)[Symbol.asyncDispose]());
  for (const row of ROWS) {
    test(`${name} has ${row.name}`, async () => {
      const target = await opening;
      assert.deepEqual(faultsOf(row, target.place, await runRow(row, target)), []);
    });
  }
}

/** The places whose rows are those of each isolation. In workerd, runners are inline. */
const ISOLATIONS = { process: "app()", web: "app()", inline: "workerd" } as const;

for (const [isolation, place] of Object.entries(ISOLATIONS) as [ExecutorName, Place][]) {
  test(`app() has what depends on workers, with isolation ${isolation}`, async () => {
    if (isolation === "web" && runtime === "Node") {
      return await assert.rejects(called({ isolation }), /Node has no Web Workers/);
    }
    await using target = await called({ isolation });
    for (const row of ROWS.filter(({ ofWorkers }) => ofWorkers === true)) {
      assert.deepEqual(faultsOf(row, place, await runRow(row, target)), [], row.name);
    }
  });
}

test("serve() and app() log what they mask", () => {
  for (const words of [
    /the password is 1234/,
    /trailer "grpc-status" belongs to the protocol/,
    /no name/,
    /must be from 200 to 599, but was 99/,
  ]) {
    assert.match(log.text, words);
  }
});
