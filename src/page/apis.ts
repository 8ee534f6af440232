/**
 * The APIs of the service, read from its OpenAPI document.
 * @module
 */

import { type Resolve, resolver, type Schema } from "../schema/document.ts";
import type { IoFacts } from "../schema/io-facts.ts";

const FORM = "multipart/form-data";

/** An input or an output. */
export interface IoInfo extends Omit<IoFacts, "allowedMimeTypes" | "fields"> {
  /** The media types that a body can have. */
  readonly types: readonly string[];
  /** The schema of its JSON. */
  readonly schema: Schema;
  /** True if the answer is a stream of items. */
  readonly isStream?: boolean;
  /** The parts of a form. */
  readonly fields: Readonly<Record<string, IoInfo>>;
}

/** An API. */
export interface ApiInfo {
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly input: IoInfo;
  readonly output: IoInfo;
}

/** A service. */
export interface ServiceInfo {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly apis: readonly ApiInfo[];
  /** True if it answers the Open Inference Protocol. */
  readonly hasModels: boolean;
  readonly resolve: Resolve;
}

interface Body {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
  readonly "x-ekiben-io"?: IoFacts;
}

interface Operation {
  readonly "x-bentoml-name"?: string;
  readonly description?: string;
  readonly summary?: string;
  readonly requestBody?: Body;
  readonly responses?: Readonly<Record<string, Body>>;
}

/** What is read of an OpenAPI document. */
export interface OpenApi {
  readonly info?: { title?: string; version?: string; description?: string };
  readonly paths?: Readonly<Record<string, { readonly post?: Operation }>>;
}

/** Reads the service from its OpenAPI document. */
export function readService(document: OpenApi): ServiceInfo {
  const { title = "Service", version = "", description = "" } = document.info ?? {};
  const resolve = resolver(document);
  const apis = Object.entries(document.paths ?? {}).flatMap(([path, { post }]) =>
    post?.["x-bentoml-name"] === undefined ? [] : [apiOf(path, post, resolve)],
  );
  const hasModels = Object.hasOwn(document.paths ?? {}, "/v2/repository/index");
  return { title, version, description, apis, hasModels, resolve };
}

function apiOf(path: string, operation: Operation, resolve: Resolve): ApiInfo {
  const { requestBody = {}, responses = {}, description, summary } = operation;
  return {
    name: operation["x-bentoml-name"] ?? path,
    path,
    description: description ?? summary ?? "",
    input: ioOf(requestBody, resolve),
    output: ioOf(responses["200"] ?? {}, resolve),
  };
}

function ioOf(body: Body, resolve: Resolve): IoInfo {
  const content = body.content ?? {};
  // Any input may also be the only part of a form.
  const types = Object.keys(content).filter((type) => type !== FORM);
  const form = content[FORM]?.schema;
  const schema = content["application/json"]?.schema ?? form ?? {};
  const own = body["x-ekiben-io"] ?? { kind: guess(types) };
  const isStream = types.includes("text/event-stream");
  return { ...described(own, types, resolve(schema), resolve), isStream };
}

function described(
  { fields = {}, allowedMimeTypes, ...options }: IoFacts,
  types: readonly string[],
  schema: Schema,
  resolve: Resolve,
): IoInfo {
  const parts = Object.entries(fields).map(([name, field]) => {
    const own = field.allowedMimeTypes ?? (field.mimeType === undefined ? [] : [field.mimeType]);
    return [name, described(field, own, resolve(schema.properties?.[name] ?? {}), resolve)];
  });
  return {
    ...options,
    types: allowedMimeTypes ?? types,
    schema,
    fields: Object.fromEntries(parts) as Readonly<Record<string, IoInfo>>,
  };
}

/** Returns the kind that media types suggest, for a descriptor that is not described. */
function guess(types: readonly string[]): string {
  const [first = ""] = types;
  if (first === "text/plain") return "text";
  if (first === "application/json") return "json";
  return first.startsWith("image/") ? "image" : "file";
}
