import assert from "node:assert/strict";
import { test } from "node:test";
import { host } from "../../src/host/server.ts";
import { runner } from "../../src/runner/runner.ts";
import type { RunnerSettings } from "../../src/runner/runner-options.ts";
import { service } from "../../src/service/service.ts";
import moody from "../runner/fixtures/moody.ts";

const define = (name: string, settings: RunnerSettings = {}) =>
  runner(moody, { name, workers: 1, params: {}, ...settings });
const cannotStart = /^Error: Service "one" cannot start: runner "other" is defined with it, .*/;

test("Service.start() names a runner of an imported module that no service lists", async () => {
  const { default: forgetful } = await import("./fixtures/forgetful-service.ts");
  await assert.rejects(forgetful.start(host), {
    message:
      'Service "forgetful" cannot start: runner "forgotten" is defined with it, but no service ' +
      'lists it, so that every call of it would fail. Add it to "runners", start it before the ' +
      "service, or define it with { optional: true }",
  });
});

test("Service.start() refuses a runner that is defined before or after it", async () => {
  define("other");
  const before = service("one", { apis: {} });
  await Promise.resolve();
  const after = service("one", { apis: {} });
  define("other");
  await Promise.resolve();
  for (const one of [before, after]) await assert.rejects(one.start(host), cannotStart);
});

test("Service.start() accepts a runner that another service lists", async () => {
  const other = define("other");
  const one = service("one", { apis: {} });
  service("two", { apis: {}, runners: [other] });
  await one.start(host);
  await one.close();
});

test("Service.start() accepts a runner that is optional", async () => {
  define("other", { optional: true });
  const one = service("one", { apis: {} });
  await one.start(host);
  await one.close();
});

test("Service.start() accepts a runner that onStart starts", async () => {
  const other = define("other");
  const one = service("one", {
    apis: {},
    onStart: () => other.start(host),
    onStop: () => other.close(),
  });
  await one.start(host);
  assert.equal(await other.echo(1), 1);
  await one.close();
});

test("Service.start() accepts a runner that was defined in another turn", async () => {
  define("other");
  await Promise.resolve();
  const one = service("one", { apis: {} });
  await one.start(host);
  await one.close();
});
