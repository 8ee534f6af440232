/**
 * Finds the request of a benchmark in what a server says of itself: an API in its OpenAPI document,
 * or a model of the Open Inference Protocol.
 * @module
 */

import { suggestion } from "../../check.ts";
import { resolver, type Schema } from "../../schema/document.ts";
import type { IoFacts } from "../../schema/io-facts.ts";
import { type BenchRequest, reasonOf } from "./http-call.ts";
import { sampleOf } from "./sample.ts";
import { modelRequest, modelsOf } from "./sample-model.ts";

/** The longest wait for a document, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** The wanted request, as far as it is given. */
export interface Wanted {
  /** The URL of the server, or of the API itself. */
  readonly url: string;
  /** The name or the route of an API, or the name of a model. */
  readonly api: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** The body; a sample is made without one. */
  readonly body: { readonly bytes: Uint8Array<ArrayBuffer>; readonly type?: string } | undefined;
}

/** A request, and what it calls, in words. */
export interface Found {
  readonly name: string;
  readonly request: BenchRequest;
}

/** An operation of an OpenAPI document. */
interface Operation {
  readonly "x-bentoml-name"?: string;
  readonly requestBody?: {
    readonly "x-ekiben-io"?: IoFacts;
    readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
  };
}

interface OpenApi {
  readonly paths?: Readonly<Record<string, { readonly post?: Operation }>>;
}

/** An API of a server. */
interface FoundApi {
  readonly name: string;
  readonly path: string;
  readonly operation: Operation;
}

/**
 * Finds the request.
 *
 * @throws Error if the server cannot be reached, or has no such API
 */
export async function findRequest(wanted: Wanted): Promise<Found> {
  const { url, api, headers, body } = wanted;
  const base = baseOf(url);
  const document = await documentOf(base, headers);
  const apis = apisOf(document);
  const path = pathOf(url);
  const named = api ?? apis.find((each) => path !== "/" && path.endsWith(each.path))?.name;
  const own = apis.find((each) => each.name === named || each.path === slashed(named ?? ""));
  // A model file is served as the API `predict`, beside one that describes it.
  const only = apis.length === 1 ? apis[0] : apis.find((each) => each.name === "predict");
  const found = named === undefined ? only : own;
  if (found !== undefined) {
    return {
      name: found.name,
      request: await apiRequest(`${base}${found.path}`, { ...found, document }, wanted),
    };
  }
  const models = await modelsOf(base, headers);
  const [sole] = models.length === 1 && apis.length === 0 ? models : [];
  const model = named === undefined ? sole : models.find((name) => name === named);
  if (model !== undefined) {
    return { name: `model ${model}`, request: await modelRequest(base, model, headers, body) };
  }
  const all = [...apis.map(({ name }) => name), ...models];
  // The server may be any other.
  if (all.length === 0 && api === undefined && body !== undefined) {
    return { name: url, request: requestTo(url, headers, body) };
  }
  throw new Error(whyNone(named, all));
}

function whyNone(named: string | undefined, all: readonly string[]): string {
  if (all.length === 0) {
    return "The server shows neither APIs nor models: give the URL of an API, and a body by --data";
  }
  if (named === undefined) {
    return `The server has several APIs and models, of which one must be named: ${all.join(", ")}`;
  }
  const hint = suggestion(named, all, "the server has");
  return `The server has no API and no model "${named}": ${hint}`;
}

function slashed(route: string): string {
  return route.startsWith("/") ? route : `/${route}`;
}

/** Returns the origin of a URL. @throws Error for anything but a URL over HTTP */
function baseOf(url: string): string {
  if (!/^https?:\/\/./i.test(url) || !URL.canParse(url)) {
    throw new Error(`The URL of a server must be like http://localhost:3000, but was ${url}`);
  }
  return new URL(url).origin;
}

function pathOf(url: string): string {
  return new URL(url).pathname;
}

async function documentOf(
  base: string,
  headers: Readonly<Record<string, string>>,
): Promise<OpenApi | undefined> {
  let response: Response;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    response = await fetch(`${base}/openapi.json`, { headers, signal });
  } catch (error) {
    throw new Error(`Cannot reach ${base}: ${reasonOf(error)}`);
  }
  if (response.status === 401 || response.status === 403) {
    throw new Error(`${base} needs a key: give it by --api-key or EKIBEN_API_KEY`);
  }
  if (!response.ok) return undefined;
  try {
    return (await response.json()) as OpenApi;
  } catch {
    return undefined; // of some other server
  }
}

function apisOf(document: OpenApi | undefined): FoundApi[] {
  return Object.entries(document?.paths ?? {}).flatMap(([path, { post: operation }]) => {
    const name = operation?.["x-bentoml-name"];
    return operation === undefined || name === undefined ? [] : [{ name, path, operation }];
  });
}

function requestTo(
  url: string,
  headers: Readonly<Record<string, string>>,
  { bytes, type }: NonNullable<Wanted["body"]>,
): BenchRequest {
  const typed = type === undefined ? headers : { "content-type": type, ...headers };
  return { url, method: "POST", headers: typed, body: bytes };
}

async function apiRequest(
  url: string,
  {
    name,
    operation: { requestBody = {} },
    document,
  }: FoundApi & { readonly document: OpenApi | undefined },
  { headers, body }: Wanted,
): Promise<BenchRequest> {
  if (body !== undefined) {
    const [type] = Object.keys(requestBody.content ?? {});
    return requestTo(url, headers, { ...(type === undefined ? {} : { type }), ...body });
  }
  const { "x-ekiben-io": io, content = {} } = requestBody;
  if (io === undefined) throw new Error(`${name} does not say what it takes: give it by --data`);
  const [first] = Object.values(content);
  const sample = await sampleOf(io, first?.schema ?? {}, resolver(document));
  // The bytes of the same body are sent each time: a form is encoded once.
  const encoded = new Response(sample.body);
  const type = sample.type ?? encoded.headers.get("content-type") ?? undefined;
  const bytes = new Uint8Array(await encoded.arrayBuffer());
  return requestTo(url, headers, { bytes, ...(type === undefined ? {} : { type }) });
}
