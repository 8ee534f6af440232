import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { text } from "../../src/io/text.ts";
import { api } from "../../src/service/api.ts";
import type { Mountable } from "../../src/service/mounts.ts";
import { service } from "../../src/service/service.ts";

const answer = () => new Response("mounted");
const apis = {
  predict: api({ input: text(), output: text(), route: "v1/predict" }, (value) => value),
};

test("service() mounts functions, and objects with fetch()", async () => {
  const object = {
    words: "from an object",
    fetch() {
      return new Response(this.words);
    },
  };
  const mount: Record<string, Mountable> = {
    "/function": answer,
    "without-slash": answer,
    "/a/b": object,
    "/v1/predictions": new Hono(),
  };
  const { mounts } = service("x", { apis, mount });
  assert.deepEqual(
    mounts.map(({ path }) => path),
    ["/function", "/without-slash", "/a/b", "/v1/predictions"],
  );
  const response = await mounts[2]?.fetch(new Request("http://x/"), {}, undefined);
  assert.equal(await response?.text(), object.words);
});

test("service() refuses invalid mounts, and two at one path", () => {
  const refused: readonly [Record<string, unknown>, RegExp][] = [
    [{ "/": answer }, /Cannot mount at \/: that path is the server's own/],
    [{ "/metrics": answer }, /Cannot mount at \/metrics: that path is the server's own/],
    [{ "/docs.json": answer }, /server's own/],
    [{ "/v2": answer }, /server's own/],
    [{ "/v2/models": answer }, /server's own/],
    [{ "/a/": answer }, /Cannot use "\/a\/" as a route/],
    [{ "/a/*": answer }, /Cannot use "\/a\/\*" as a route/],
    [{ "/v1": answer }, /Cannot mount at \/v1: API "predict" is at \/v1\/predict/],
    [{ "/v1/predict": answer }, /Cannot mount at \/v1\/predict: API "predict"/],
    [{ "/a": answer, "/a/b": answer }, /Cannot mount at \/a: another mount is at \/a\/b/],
    [{ "/a": answer, a: answer }, /Cannot mount twice at \/a/],
    [{ "/a": "http://elsewhere" }, /Cannot mount at \/a: expected a function/],
    [{ "/a": undefined }, /given undefined/],
    [{ "/a": { fetch: true } }, /expected a function/],
  ];
  for (const [mount, message] of refused) {
    const options = { apis, mount: mount as Record<string, Mountable> };
    assert.throws(() => service("x", options), message, JSON.stringify(mount));
  }
});

test("service() refuses middleware that is not a function", () => {
  const refused: readonly [unknown, RegExp][] = [
    [answer, /"use" must be a list of middleware functions, but was \(\) ?=>/],
    [[answer, "cors"], /"use" must be a list .*, but number 2 was cors/],
    [null, /but was null/],
  ];
  for (const [use, message] of refused) {
    assert.throws(() => service("x", { apis, use: use as never }), message);
  }
  assert.throws(() => service("x", { apis, middleware: [] } as never), /option "middleware"/);
});
