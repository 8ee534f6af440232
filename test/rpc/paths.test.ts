import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConnectRouter } from "@connectrpc/connect";
import { api, type Service, service, text } from "ekiben";
import { GRPCInferenceService } from "../../src/gen/inference/grpc_service_pb.ts";
import { LateRpc } from "../../src/rpc/late-rpc.ts";
import { methodPaths } from "../../src/rpc/paths.ts";
import { rpcRouter } from "../../src/rpc/router.ts";
import { rpcRoutes } from "../../src/rpc/routes.ts";
import { Greeter } from "./greeter.ts";
import { EchoModels } from "./oip/echo-models.ts";

const apis = { upper: api({ input: text(), output: text() }, (value) => value.toUpperCase()) };
const greeter = (router: ConnectRouter) => void router.service(Greeter, {});
const greet = ({ rpc }: ConnectRouter) => void rpc(Greeter.method["greet"] as never, {} as never);
const own = (router: ConnectRouter) => void router.service(GRPCInferenceService, {});
const models = new EchoModels();

const cases: Readonly<Record<string, readonly [Service, { readonly reflection?: boolean }?]>> = {
  "a service": [service("a", { apis })],
  "one without APIs": [service("a", { apis: {} })],
  "one without typed rpcs": [service("a", { apis, proto: false })],
  "one without reflection": [service("a", { apis }), { reflection: false }],
  "one with models": [service("a", { apis, models })],
  "one with a mounted service": [service("a", { apis, rpc: greeter })],
  "one with a mounted method": [service("a", { apis, rpc: greet })],
  "one that serves its models itself": [service("a", { apis, models, rpc: own })],
};

for (const [what, [made, options]] of Object.entries(cases)) {
  test(`methodPaths() returns the paths of ${what} that have handlers`, () => {
    const routes = rpcRoutes(made, options);
    const router = rpcRouter({});
    routes(router);
    const handled = router.handlers.map(({ requestPath }) => requestPath);
    const all = [...handled, ...(routes.typed?.paths ?? [])];
    assert.deepEqual([...methodPaths(made, options)].sort(), all.sort());
  });
}

test("LateRpc refuses a method that is offered twice", () => {
  const twice = service("a", { apis: {}, rpc: (router) => [router, router].forEach(greeter) });
  assert.throws(() => new LateRpc(twice), {
    name: "TypeError",
    message: "Cannot offer /example.Greeter/Greet twice",
  });
});

test("LateRpc.check() throws what is wrong with a mounted service", async () => {
  const broken = service("a", {
    apis: {},
    rpc: (router) => void router.service(Greeter, undefined as never),
  });
  await assert.rejects(new LateRpc(broken).check(), TypeError);
  await new LateRpc(service("a", { apis: {}, rpc: greeter })).check();
});
