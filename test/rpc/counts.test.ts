import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "@connectrpc/connect";
import { BentoService } from "../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { rpcFetch } from "../../src/rpc/fetch.ts";
import { rpcRoutes } from "../../src/rpc/routes.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { exampleApis } from "./example-apis.ts";
import { countsOf, PROTOCOLS, serviceOf, transportTo } from "./fixture.ts";
import { failureOf, say } from "./say.ts";

for (const protocol of PROTOCOLS) {
  test(`rpcRoutes() counts calls over ${protocol} by API and status`, async () => {
    using _ = silenced();
    const { service } = serviceOf(exampleApis());
    const rpc = rpcFetch(rpcRoutes(service));
    const client = createClient(BentoService, transportTo(rpc, protocol));
    for (const _ of "ab") await say(client, "upper");
    for (const code of ["not_found", "unavailable"]) await failureOf(say(client, "refuse", code));
    for (const api of ["crash", "nothing", "x"]) await failureOf(say(client, api));
    const left = new AbortController();
    const call = failureOf(say(client, "hang", "", { signal: left.signal }));
    const isCounted = async (count: string) => (await countsOf(service)).includes(count);
    await until(() => isCounted("hang …: 1"));
    const counts = [
      "(unknown) 404: 2",
      "crash 500: 1",
      "refuse 404: 1",
      "refuse 503: 1",
      "upper 200: 2",
    ];
    assert.deepEqual(await countsOf(service), [...counts, "hang …: 1"].sort());
    left.abort();
    await call;
    await until(() => isCounted("hang 499: 1"));
    assert.deepEqual(await countsOf(service), [...counts, "hang 499: 1"].sort());
  });

  test(`rpcRoutes() counts a disconnect over ${protocol} at the deadline as late`, async () => {
    const { service } = serviceOf(exampleApis());
    const clock = new FakeClock();
    const client = createClient(
      BentoService,
      transportTo(rpcFetch(rpcRoutes(service, { clock })), protocol),
    );
    for (const [ms, counted] of [
      [44_000, "hang 499: 1"],
      [46_000, "hang 504: 1"],
    ] as const) {
      const left = new AbortController();
      const options = { signal: left.signal, timeoutMs: 50_000 };
      const call = failureOf(say(client, "hang", "", options));
      await until(() => clock.pending === 1);
      clock.advance(ms);
      left.abort();
      await call;
      await until(() => clock.pending === 0);
      assert.ok((await countsOf(service)).includes(counted));
    }
  });
}

test("rpcRoutes() counts nothing if metrics are disabled", async () => {
  const { service } = serviceOf(exampleApis());
  const rpc = rpcFetch(rpcRoutes(service, { metrics: { enabled: false } }));
  await say(createClient(BentoService, transportTo(rpc, "Connect JSON")), "upper");
  assert.deepEqual(await countsOf(service), []);
});

for (const [path, type] of [
  ["bentoml.grpc.v1.BentoService/Call", "application/json"],
  ["ekiben.v1.Inference/CallStream", "application/connect+json"],
] as const) {
  for (const reason of [new Error("reset"), undefined]) {
    test(`rpcFetch() counts ${path} as left if its body broke off (${reason})`, async () => {
      using _ = silenced();
      const { service } = serviceOf(exampleApis());
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.error(reason),
      });
      const init = { method: "POST", body, headers: { "content-type": type }, duplex: "half" };
      const request = new Request(`http://host/${path}`, init as RequestInit);
      const response = await rpcFetch(rpcRoutes(service))(request);
      await response?.text();
      assert.deepEqual(await countsOf(service), [`${path} 499: 1`]);
    });
  }
}
