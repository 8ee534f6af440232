/**
 * What is known of the models that are served without code, for the log.
 * @module
 */

import { tensorMetadata } from "../oip/datatypes.ts";
import type { ModelMetadata, Models } from "../service/models.ts";
import type { TensorSpec } from "../tensor.ts";
import { exampleCall } from "./example-call.ts";

/** The most models that are described; of more, the names are. */
const MAX_DESCRIBED = 10;

/** The most names of further models. */
const MAX_NAMED = 20;

/** The platform of models that are methods of runners, whose code says what they are. */
const CODE = "ekiben";

/**
 * Returns a text for each model: its inputs and outputs, whether and why its calls are batched, its
 * backend, its versions, and a command that calls it.
 *
 * @param url the URL of the server over HTTP, if there is one
 */
export function modelReports(models: Models, url: string | undefined): readonly string[] {
  const described = new Map<string, string>();
  for (const name of models.names.slice(0, MAX_DESCRIBED)) {
    const report = reportIn(models, name, url);
    if (report !== undefined) described.set(name, report);
  }
  if (described.size === 0) return [];
  const others = models.names.filter((name) => !described.has(name));
  if (others.length === 0) return [...described.values()];
  const named = others.slice(0, MAX_NAMED).join(", ");
  const rest = others.length > MAX_NAMED ? `, and ${others.length - MAX_NAMED} others` : "";
  return [...described.values(), `And ${others.length} more models: ${named}${rest}`];
}

/** Returns undefined for a model of code, and for one that is not loaded. */
function reportIn(models: Models, name: string, url: string | undefined): string | undefined {
  try {
    const model = models.find(name);
    return model.platform === CODE ? undefined : reportOf(model, models.versionsOf(name), url);
  } catch {
    // Nothing is known of a model before it has been loaded.
    return undefined;
  }
}

function reportOf(
  model: ModelMetadata,
  versions: readonly string[],
  url: string | undefined,
): string {
  const { name, version, inputs, outputs, rowAxes, maxBatchSize, properties } = model;
  const { backend, batching } = properties;
  const others = versions.filter((each) => each !== version);
  const also = others.length === 0 ? "" : ` (also ${others.join(", ")})`;
  const on = backend === undefined ? "" : ` on ${backend}`;
  const calls = rowAxes === undefined ? "run one by one" : "are batched";
  const most = maxBatchSize > 0 ? ` (up to ${maxBatchSize} rows)` : "";
  const why = batching === undefined ? "" : `: ${batching}`;
  const call = url === undefined ? [] : [exampleCall(model, url) ?? "(too large for an example)"];
  return [
    `Model ${name}, version ${version}${also}${on}: calls ${calls}${why}${most}`,
    `  inputs: ${inputs.map(tensor).join(", ")}`,
    `  outputs: ${outputs.map(tensor).join(", ")}`,
    ...call.map((text) => `  ${text}`),
  ].join("\n");
}

function tensor(spec: TensorSpec): string {
  const { name, datatype, shape } = tensorMetadata(spec);
  const lengths = spec.shape === undefined ? "of any shape" : `[${shape.join(", ")}]`;
  return `${name} ${datatype} ${lengths}`;
}
