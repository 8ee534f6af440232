import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "../../src/gen/grpc/health/v1/health_pb.ts";
import { rpcFetch } from "../../src/rpc/fetch.ts";
import { rpcRoutes } from "../../src/rpc/routes.ts";
import { until } from "../support/until.ts";
import { PROTOCOLS, type Protocol, serviceOf, transportTo } from "./fixture.ts";
import { Greeter } from "./greeter.ts";

const NAMES = [
  "",
  "bentoml.grpc.v1.BentoService",
  "bentoml.grpc.v1alpha1.BentoService",
  "ekiben.v1.Inference",
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
  "inference.GRPCInferenceService",
  "example.Greeter",
];

function open(protocol: Protocol) {
  const { service, runner } = serviceOf({}, (router) => void router.service(Greeter, {}));
  const listeners = new Set<() => void>();
  const subscribe = service.onReadyChange.bind(service);
  service.onReadyChange = (listener) => {
    const unsubscribe = subscribe(listener);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      unsubscribe();
    };
  };
  const routes = rpcRoutes(service);
  return {
    service,
    runner,
    listeners,
    client: createClient(Health, transportTo(rpcFetch(routes), protocol)),
  };
}

for (const protocol of PROTOCOLS) {
  test(`Health.Check follows the readiness of every service over ${protocol}`, async () => {
    const { service, runner, client } = open(protocol);
    for (const ready of [true, false, true]) {
      runner.ready = ready;
      for (const name of NAMES) {
        const { status } = await client.check({ service: name });
        assert.equal(status, ready ? Status.SERVING : Status.NOT_SERVING, name);
      }
    }
    service.drain();
    assert.equal((await client.check({})).status, Status.NOT_SERVING);
  });

  test(`Health.Check does not find an unknown service over ${protocol}`, async () => {
    const { client } = open(protocol);
    await assert.rejects(
      client.check({ service: "x.Y" }, { headers: { "x-request-id": "abc-1" } }),
      (thrown: unknown) =>
        thrown instanceof ConnectError &&
        thrown.code === Code.NotFound &&
        thrown.rawMessage.startsWith('There is no service "x.Y"; there are ') &&
        thrown.metadata.get("x-request-id") === "abc-1",
    );
  });

  test(`Health.Watch reports each change once over ${protocol}`, async () => {
    const { runner, listeners, client } = open(protocol);
    const left = new AbortController();
    const told = client.watch({ service: NAMES[1] ?? "" }, { signal: left.signal });
    const statuses = told[Symbol.asyncIterator]();
    const next = async (): Promise<Status> => (await statuses.next()).value?.status;
    assert.equal(await next(), Status.SERVING);
    runner.ready = false;
    assert.equal(await next(), Status.NOT_SERVING);
    runner.ready = false;
    runner.ready = true;
    assert.equal(await next(), Status.SERVING);
    assert.equal(listeners.size, 1);
    const last = next();
    left.abort();
    await assert.rejects(last);
    await until(() => listeners.size === 0);
  });

  test(`Health.Watch skips states that ended before they were read over ${protocol}`, async () => {
    const { runner, client } = open(protocol);
    const statuses = client.watch({})[Symbol.asyncIterator]();
    assert.equal((await statuses.next()).value?.status, Status.SERVING);
    for (let times = 0; times < 1000; times++) runner.ready = !runner.ready;
    runner.ready = false;
    let status = (await statuses.next()).value?.status;
    // One change may have been on its way.
    if (status === Status.SERVING) status = (await statuses.next()).value?.status;
    assert.equal(status, Status.NOT_SERVING);
    await statuses.return?.();
  });

  test(`Health.Watch ends with the service over ${protocol}`, async () => {
    const { service, listeners, client } = open(protocol);
    const statuses = Array.fromAsync(client.watch({}), ({ status }) => status);
    await until(() => listeners.size === 1);
    service.drain();
    assert.deepEqual((await statuses).at(-1), Status.NOT_SERVING);
    assert.equal(listeners.size, 0);
  });

  test(`Health.Watch reports SERVICE_UNKNOWN for an unknown service over ${protocol}`, async () => {
    const { service, runner, listeners, client } = open(protocol);
    const statuses = Array.fromAsync(client.watch({ service: "x.Y" }), ({ status }) => status);
    await until(() => listeners.size === 1);
    runner.ready = false;
    runner.ready = true;
    service.drain();
    assert.deepEqual(await statuses, [Status.SERVICE_UNKNOWN]);
  });
}
