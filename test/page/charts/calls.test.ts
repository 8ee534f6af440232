import assert from "node:assert/strict";
import { test } from "node:test";
import { PROBES } from "../../../src/http/health.ts";
import { patternOf } from "../../../src/http/oip/routes.ts";
import { DOCUMENT_PATHS } from "../../../src/http/openapi/routes.ts";
import { isCall, isKnownCall } from "../../../src/page/charts/calls.ts";

/** The paths of models by their requests, as they are counted. */
const ABOUT_MODELS = [
  ["GET", "/v2"],
  ["GET", "/v2/models"],
  ["GET", "/v2/models/stats"],
  ["GET", "/v2/models/m"],
  ["GET", "/v2/models/m/versions/1"],
  ["GET", "/v2/models/m/ready"],
  ["GET", "/v2/models/m/versions/1/config"],
  ["GET", "/v2/models/m/stats"],
  ["POST", "/v2/repository/index"],
  ["POST", "/v2/repository/models/m/load"],
  ["GET", "/v2/health/ready"],
] as const;

test("isCall() is false for probes, documents, the page, and what is asked about models", () => {
  // Of models that are there, the names are counted; of others, a pattern.
  const counted = ABOUT_MODELS.flatMap(([method, path]) => [path, patternOf(method, path) ?? path]);
  const plain = counted.filter((path) => !path.includes("/versions/"));
  for (const endpoint of [...PROBES, ...DOCUMENT_PATHS, ...plain, "/", "/ui", "/ui/*"]) {
    assert.deepEqual(
      [endpoint, isCall({ endpoint }), isKnownCall({ endpoint })],
      [endpoint, false, false],
    );
  }
});

test("isCall() is true for APIs, inferences and mounts, and for what is not there", () => {
  const infer = patternOf("POST", "/v2/models/m/versions/1/infer") ?? "";
  for (const endpoint of [
    "/predict",
    infer,
    "/v2/models/m/infer",
    "/livez/x",
    "/mounted/*",
    "/metrics-api",
  ]) {
    assert.deepEqual(
      [endpoint, isCall({ endpoint }), isKnownCall({ endpoint })],
      [endpoint, true, true],
    );
  }
  for (const labels of [{ endpoint: "(unknown)" }, { api_name: "(unknown)" }]) {
    assert.deepEqual([isCall(labels), isKnownCall(labels)], [true, false]);
  }
  for (const api_name of ["predict", "inference.GRPCInferenceService/ModelInfer"]) {
    assert.deepEqual([isCall({ api_name }), isKnownCall({ api_name })], [true, true]);
  }
});
