import assert from "node:assert/strict";
import { test } from "node:test";
import { api, type Hooks, type Service, service, text } from "ekiben";
import { type Server, serve, serveGrpc } from "ekiben/serve";
import { silenced } from "../support/silenced.ts";

const LOCAL = { host: "127.0.0.1", port: 0, signals: false, onUncaught: false } as const;

/** The servers, each with both kinds of port that it has. */
const SERVERS: Readonly<Record<string, (service: Service) => Promise<Server>>> = {
  serve: (tested) => serve(tested, { ...LOCAL, grpcPort: 0 }),
  serveGrpc: (tested) => serveGrpc(tested, { ...LOCAL, metricsPort: 0 }),
};

function open(log: string[], own: Hooks = {}): Service {
  return service("hooked", {
    apis: { echo: api({ input: text(), output: text() }, (value) => value) },
    onStart: () => void log.push("start"),
    onReady: () => void log.push("ready"),
    onStop: () => void log.push("stop"),
    ...own,
  });
}

for (const [name, start] of Object.entries(SERVERS)) {
  test(`${name}() runs each hook once, over all its ports`, async () => {
    using _ = silenced();
    const log: string[] = [];
    const server = await start(open(log));
    assert.deepEqual(log, ["start", "ready"]);
    await Promise.all([server.close(), server.close()]);
    assert.deepEqual(log, ["start", "ready", "stop"]);
  });

  test(`${name}() leaves nothing running when a hook fails`, async () => {
    using _ = silenced();
    const log: string[] = [];
    for (const hook of ["onStart", "onReady"] as const) {
      const tested = open(log, { [hook]: () => Promise.reject(new Error("no database")) });
      await assert.rejects(start(tested), {
        message: `The hook ${hook} of service "hooked" failed: no database`,
      });
      // It can be started again, which one that still runs cannot.
      await assert.rejects(start(tested), /no database/);
    }
    assert.deepEqual(log, ["start", "stop", "start", "stop"]);
  });
}

test("serve() runs onStop after the last request, and before it returns", async () => {
  using _ = silenced();
  const log: string[] = [];
  const answer = Promise.withResolvers<string>();
  const entered = Promise.withResolvers<void>();
  const tested = service("hooked", {
    apis: {
      wait: api({ input: text(), output: text() }, async () => {
        entered.resolve();
        const value = await answer.promise;
        log.push("answered");
        return value;
      }),
    },
    onStop: () => void log.push("stop"),
  });
  const server = await serve(tested, { ...LOCAL, grpcPort: false });
  const calling = fetch(`${server.url}/wait`, { method: "POST", body: "x" });
  await entered.promise;
  const closing = server.close();
  answer.resolve("late");
  assert.equal(await (await calling).text(), "late");
  await closing;
  assert.deepEqual(log, ["answered", "stop"]);
});
