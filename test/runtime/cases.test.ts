/** The cases of every place, on the servers of this runtime and in `app()`. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { app } from "ekiben";
import { serve } from "ekiben/serve";
import { silenced } from "../support/silenced.ts";
import { MAX_BODY_BYTES } from "./cases/http.ts";
import type { GrpcCall, Place, Target } from "./cases/target.ts";
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
async function called(): Promise<Target & AsyncDisposable> {
  const application = app(everyPlace(), { maxBodyBytes: MAX_BODY_BYTES });
  await application.ready();
  return {
    place: "app()",
    fetch: async (path, init) =>
      await application.fetch(new Request(`http://localhost${path}`, init)),
    [Symbol.asyncDispose]: () => application.close(),
  };
}

for (const [name, open] of Object.entries({ "serve()": served, "app()": called })) {
  const opening = open();
  after(async () => await (await opening)[Symbol.asyncDispose]());
  for (const row of ROWS) {
    test(`${name} has ${row.name}`, async () => {
      const target = await opening;
      assert.deepEqual(faultsOf(row, target.place, await runRow(row, target)), []);
    });
  }
}
