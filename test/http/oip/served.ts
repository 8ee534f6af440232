/** A server of a few models, for the tests of the Open Inference Protocol over HTTP. */
import { api, service, text } from "ekiben";
import type { Catalog, FoundModel } from "../../../src/repository/model-settings.ts";
import { Repository } from "../../../src/repository/repository.ts";
import { serveWith } from "../../../src/runtime/serve.ts";
import type { ServeInternals, ServeOptions } from "../../../src/runtime/serve-options.ts";
import type { ServiceOptions } from "../../../src/service/service-options.ts";
import { modelUrl } from "../../onnx/models/index.ts";
import { fetch } from "../../support/fetch.ts";

/** The files of the models by their names. */
export const MODELS: Readonly<Record<string, string>> = {
  gather: "gather",
  fp16: "fp16",
  forest: "skl_rf_strlabels_nozip",
  mixed: "mixed_axes",
  "ü/50% x": "bool",
};

/** A catalog of these models. */
class Files implements Catalog {
  readonly place = "test/onnx/models";
  readonly #models: readonly FoundModel[];

  constructor(models: Readonly<Record<string, string>>) {
    this.#models = Object.entries(models).map(([name, file]) => ({
      name,
      settings: {},
      versions: [{ version: "1", url: modelUrl(file) }],
    }));
  }

  async list(): Promise<readonly FoundModel[]> {
    return this.#models;
  }

  async find(name: string): Promise<FoundModel | undefined> {
    return this.#models.find((each) => each.name === name);
  }
}

/** Returns a repository of models. */
export function repository(
  models: Readonly<Record<string, string>> = MODELS,
  control = false,
): Repository {
  const batchingOf = () => ({ choice: "auto", overridesOff: false }) as const;
  return new Repository({ catalog: new Files(models), batchingOf, control });
}

/** The settings of a server for tests. */
export interface Served extends ServeOptions {
  readonly use?: ServiceOptions<Record<string, never>>["use"];
  readonly models?: Readonly<Record<string, string>>;
  /** True if models are loaded and unloaded by request. */
  readonly control?: boolean;
}

/** Serves models, with an API beside them. */
export async function served(
  { use, models, control, ...options }: Served = {},
  internals: ServeInternals = {},
) {
  const definition = service("models", {
    models: repository(models, control),
    ...(use === undefined ? {} : { use }),
    apis: { upper: api({ input: text(), output: text() }, (value) => value.toUpperCase()) },
  });
  const grpc = options.onePort === true ? {} : { grpcPort: false as const };
  const where = { port: 0, host: "127.0.0.1", signals: false, ...grpc } as const;
  const server = await serveWith(definition, { ...where, ...options }, internals);
  return { ...server, service: definition };
}

/** An answer: its status, its headers and its JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
}

/** Sends a request and reads the JSON of its answer. */
export async function send(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const body = await response.text();
  const json: unknown = body === "" ? undefined : JSON.parse(body);
  return { status: response.status, headers: response.headers, json };
}

/** Sends a request of a JSON body. */
export function post(url: string, body: unknown, headers: HeadersInit = {}): Promise<Answer> {
  return send(url, { method: "POST", body: JSON.stringify(body), headers });
}

/** A request for the model `gather`: the rows of its table with these numbers. */
export function rowsOf(...rows: readonly number[]): object {
  return { inputs: [{ name: "i", shape: [rows.length], datatype: "INT64", data: rows }] };
}
