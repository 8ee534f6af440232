import assert from "node:assert/strict";
import { test } from "node:test";
import { modelsOf, shortDigest, statesOf } from "../../../src/page/charts/models.ts";
import { parseMetrics } from "../../../src/page/charts/parse-metrics.ts";

test("modelsOf() has one entry for each version, and whether it takes calls", () => {
  const samples = parseMetrics(`
ekiben_model_info{runner_name="iris/10",backend="wasm",model="iris",version="10",digest="ab"} 1
ekiben_model_info{runner_name="iris/9",backend="wasm",model="iris",version="9",digest="cd"} 1
ekiben_model_info{runner_name="any",backend="native",model="mnist",digest="sha256:ef"} 1
ekiben_model_info{runner_name="any",backend="wasm",model="mnist",digest="sha256:ef"} 1
ekiben_model_info{runner_name="any",backend="wasm",model="gone",digest="sha256:00"} 0
ekiben_model_ready{model="iris",version="9"} 0
ekiben_model_ready{model="iris",version="10"} 1
ekiben_models{state="ready"} 1
ekiben_models{state="loading"} 0
ekiben_models{state="unavailable"} 2
`);
  const found = modelsOf(samples).map((each) => Object.values(each).join(" "));
  assert.deepEqual(found, [
    "iris 9 iris/9 cd wasm false",
    "iris 10 iris/10 ab wasm true",
    "mnist  any sha256:ef native, wasm true",
  ]);
  assert.deepEqual(statesOf(samples), [
    ["ready", 1],
    ["unavailable", 2],
  ]);
  assert.deepEqual([modelsOf(new Map()), statesOf(new Map())], [[], []]);
});

test("shortDigest() is the beginning of the digits", () => {
  assert.equal(shortDigest("sha256:4c436aa7cf8b71af19fb"), "4c436aa7cf8b");
});
