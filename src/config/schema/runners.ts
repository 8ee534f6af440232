/**
 * The JSON Schema of `runners`.
 * @module
 */

import { RENAMED_RUNNER_KEYS } from "../../bentoml/config-keys.ts";
import { DEFAULT_CALL_TIMEOUT_MS, DEFAULT_MAX_LATENCY_MS } from "../../limits.ts";
import { STRATEGY_NAMES } from "../batching.ts";
import { CORES, GPU } from "../runner-size.ts";
import { BACKENDS, ISOLATIONS } from "../runners.ts";
import { MAX_SECONDS } from "../value.ts";
import { ACCESS_LOG } from "./access-log.ts";
import { RUNNER_METRICS } from "./metrics.ts";
import { propertiesOf, withOldNames } from "./old-names.ts";
import {
  about,
  choice,
  deprecated,
  flag,
  type JsonSchema,
  number,
  section,
  setting,
  wholeNumber,
} from "./values.ts";

const STRATEGY = about(
  "when a batch is sent: adaptive, fixed_window, target_latency or off",
  "adaptive",
  "adaptive",
);

const NAMES = choice(STRATEGY, STRATEGY_NAMES);
const WAIT = number(about("wait of fixed_window, in milliseconds", "required"), { minimum: 0 });
const LATENCY = number(about("latency of target_latency, in milliseconds", "required"), {
  minimum: 0,
});

/** A strategy: its name alone, where it has no setting, or a mapping with its setting. */
const STRATEGIES: JsonSchema = setting(
  STRATEGY,
  { enum: ["adaptive", "off"] },
  {
    ...section({ name: NAMES, wait_ms: WAIT, latency_ms: LATENCY }),
    type: "object",
    required: ["name"],
    oneOf: [
      only(["adaptive", "off"]),
      only(["fixed_window"], "wait_ms"),
      only(["target_latency"], "latency_ms"),
    ],
  },
);

/** Returns the schema of the strategies that have one setting, or none. */
function only(names: readonly string[], key?: string): JsonSchema {
  const others = ["wait_ms", "latency_ms"].filter((each) => each !== key);
  const none = Object.fromEntries(others.map((each) => [each, false]));
  const properties = { name: { enum: names }, ...none };
  return key === undefined
    ? { properties }
    : { properties: { ...properties, [key]: { type: ["number", "string"] } }, required: [key] };
}

const BATCHING: JsonSchema = section({
  enabled: flag(about("ekiben serve model.onnx: join calls into batches", "auto")),
  max_batch_size: wholeNumber(about("most rows in a batch", "100", 100), 1),
  max_batch_weight: number(about("most units in a batch", "no limit"), { exclusiveMinimum: 0 }),
  max_latency_ms: number(
    about("time of a call, waiting included, in milliseconds", "60,000", DEFAULT_MAX_LATENCY_MS),
    { minimum: 0 },
  ),
  max_queue_rows: wholeNumber(
    about("most rows of a batched method that may wait in each lane", "100 full batches"),
    1,
  ),
  strategy: STRATEGIES,
});

const RESOURCES: JsonSchema = setting(
  about(
    "BentoML's way to the number of workers: system, or the cores for the runner, " +
      "such as { cpu: 2 }",
    "none",
  ),
  { const: "system" },
  {
    type: "object",
    properties: {
      cpu: setting(
        about("cores for the runner", "none"),
        { type: "number", exclusiveMinimum: 0 },
        { type: "string", pattern: CORES.source },
      ),
      [GPU]: { enum: [0, "0", null, []], description: "Shares of a GPU are refused." },
    },
    additionalProperties: false,
  },
);

/** BentoML's log of runners, which has no effect. */
const LOGGING: JsonSchema = deprecated(
  section({ access: section(withoutDefaults(propertiesOf(ACCESS_LOG))) }),
  "It changes nothing: the line of a request has what it calls",
);

function withoutDefaults(
  properties: Readonly<Record<string, JsonSchema>>,
): Readonly<Record<string, JsonSchema>> {
  const described = about(
    "BentoML's log of runners, which changes nothing: the line of a request has what it calls",
  );
  return Object.fromEntries(
    Object.entries(properties).map(([key, schema]) => {
      const { description: _, default: __, ...rest } = schema;
      const inner = propertiesOf(schema);
      return Object.keys(inner).length > 0
        ? [key, { ...rest, properties: withoutDefaults(inner) }]
        : [key, { description: `${described.what}.`, ...rest }];
    }),
  );
}

/** The keys of a runner. */
const RUNNER: JsonSchema = section({
  workers: setting(
    about("number of workers, or auto", "auto", "auto"),
    { const: "auto" },
    { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  ),
  threads: wholeNumber(about("threads of inference in each worker", "1", 1), 1),
  backend: choice(
    about(
      "backend of inference, where the code names none: auto, native, wasm or webgpu",
      "that of the server",
    ),
    BACKENDS,
  ),
  isolation: choice(about("where its workers run", "that of the server"), ISOLATIONS),
  max_memory_mb: wholeNumber(about("most memory of a worker process, in MiB", "no limit"), 1),
  batching: BATCHING,
  traffic: section({
    timeout: number(
      about("time of a call or batch, in seconds", "60", DEFAULT_CALL_TIMEOUT_MS / 1000),
      { minimum: 0.001, maximum: MAX_SECONDS },
    ),
  }),
  metrics: RUNNER_METRICS,
  logging: LOGGING,
  resources: RESOURCES,
  workers_per_resource: number(about("workers for each of these cores", "1", 1), {
    exclusiveMinimum: 0,
  }),
});

/** The schema of one runner, to which those of all refer. */
export const ONE_RUNNER: JsonSchema = withOldNames(RUNNER, RENAMED_RUNNER_KEYS);

/** The keys under `runners`: those of all runners, and any other is the name of a runner. */
export const RUNNERS: JsonSchema = allRunners();

function allRunners(): JsonSchema {
  const one = { $ref: "#/definitions/runner" };
  const { timeout = {}, ...properties } = propertiesOf(ONE_RUNNER);
  return {
    ...ONE_RUNNER,
    description:
      "The settings of every runner; under a runner's name those of that one, which come first.",
    properties: {
      ...properties,
      // A mapping is a runner of that name.
      timeout: { ...timeout, anyOf: [...((timeout["anyOf"] ?? []) as JsonSchema[]), one] },
    },
    dependencies: {
      timeout: {
        if: { properties: { timeout: { not: { type: "object" } } } },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
        then: { properties: { traffic: { not: { required: ["timeout"] } } } },
      },
    },
    additionalProperties: one,
  };
}
