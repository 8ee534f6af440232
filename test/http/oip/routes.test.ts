import assert from "node:assert/strict";
import { test } from "node:test";
import { isOipPath, matchRoute, type OipMatch } from "../../../src/http/oip/routes.ts";

/** Paths, their routes, and the names in them. */
const ROUTES: readonly (readonly [path: string, route: OipMatch["route"], ...names: string[]])[] = [
  ["/v2", "server"],
  ["/v2/models", "models"],
  ["/v2/models/stats", "statistics"],
  ["/v2/models/m", "metadata", "m"],
  ["/v2/models/m/versions/3", "metadata", "m", "3"],
  ["/v2/models/m/ready", "ready", "m"],
  ["/v2/models/m/versions/stable/ready", "ready", "m", "stable"],
  ["/v2/models/m/config", "config", "m"],
  ["/v2/models/m/versions/3/config", "config", "m", "3"],
  ["/v2/models/m/stats", "statistics", "m"],
  ["/v2/models/stats/stats", "statistics", "stats"],
  ["/v2/models/m/versions/3/stats", "statistics", "m", "3"],
  ["/v2/models/m/infer", "infer", "m"],
  ["/v2/models/m/versions/3/infer", "infer", "m", "3"],
  ["/v2/models/versions/infer", "infer", "versions"],
  ["/v2/models/a%2Fb/infer", "infer", "a/b"],
  ["/v2/models/a%252Fb/infer", "infer", "a%2Fb"],
  ["/v2/models/%C3%BC+%20/versions/%31/infer", "infer", "ü+ ", "1"],
  ["/v2/repository/index", "index"],
  ["/v2/repository/models/a%2Fb/load", "load", "a/b"],
  ["/v2/repository/models/m/unload", "unload", "m"],
  ["/v2/logging", "unsupported"],
  ["/v2/trace/setting", "unsupported"],
  ["/v2/models/m/trace/setting", "unsupported"],
  ["/v2/models/m/versions/1/generate", "unsupported"],
  ["/v2/models/m/generate_stream", "unsupported"],
  ["/v2/systemsharedmemory/status", "unsupported"],
  ["/v2/cudasharedmemory/region/a/register", "unsupported"],
];

for (const [path, route, model, version] of ROUTES) {
  test(`matchRoute() finds ${route} of ${path}`, () => {
    const match = matchRoute(path);
    assert.deepEqual([match?.route, match?.model, match?.version], [route, model, version]);
    assert.ok(isOipPath(path));
  });
}

for (const path of [
  "/v2/",
  "/v2/models/",
  "/v2//models",
  "/v2/models//infer",
  "/v2/models/m/",
  "/v2/models/m/infer/",
  "/v2/models/m/versions",
  "/v2/models/m/versions/",
  "/v2/models/m/versions//infer",
  "/v2/models/m/versions/1/2/infer",
  "/v2/models/a/b/infer",
  "/v2/models/m/INFER",
  "/v2/models/m/constructor",
  "/v2/models/m/__proto__",
  "/v2/repository",
  "/v2/repository/models/m",
  "/v2/repository/models//load",
  "/v2/loggings",
]) {
  test(`matchRoute() finds nothing at ${path}`, () => {
    assert.equal(matchRoute(path), undefined);
  });
}

test("matchRoute() refuses names that are not UTF-8", () => {
  for (const path of ["/v2/models/%/infer", "/v2/models/%ff/infer", "/v2/models/a/versions/%zz"]) {
    assert.throws(() => matchRoute(path), { code: "invalid_argument" });
  }
});

test("isOipPath() knows /v2 and what is below it", () => {
  for (const path of ["/", "/v2x", "/v1/models", "/V2", "/v2%2Fmodels"]) {
    assert.equal(isOipPath(path), false, path);
  }
});
