/**
 * openApiOf(): a service as an OpenAPI document (https://spec.openapis.org/oas/v3.1.1).
 * @module
 */

import type { Access } from "../../access/access.ts";
import { INFRASTRUCTURE_TAG, TAGS } from "../../bentoml/openapi.ts";
import type { NonFinite } from "../../io/tensor/writer.ts";
import { Definitions } from "../../schema/json-schema.ts";
import type { Service } from "../../service/service.ts";
import { OIP_TAG, oipPaths } from "../oip/openapi.ts";
import { apiOperation } from "./api-operation.ts";
import { Components } from "./components.ts";
import { DocumentedAccess, RATE_HEADERS } from "./documented-access.ts";
import { infrastructurePaths } from "./infrastructure.ts";

/** The options of a server that its document depends on. */
export interface DocumentOptions {
  /** True if the service has `/metrics`. */
  readonly hasMetrics: boolean;
  /** True if the service has a page at `/`. */
  readonly hasPage: boolean;
  /** The form of NaN and Infinity for descriptors without that option. */
  readonly nonFinite: NonFinite;
  /** Who may make requests; undefined for everyone. */
  readonly access: Access | undefined;
}

/** The path of the schemas of a document. */
const SCHEMAS = "#/components/schemas";

const TAG_DESCRIPTIONS: Readonly<Record<string, string>> = {
  [INFRASTRUCTURE_TAG]: "Probes, metrics and documents",
  [OIP_TAG]: "The models, by version 2 of the Open Inference Protocol",
};

/** Returns the document. */
export function openApiOf(service: Service, options: DocumentOptions): object {
  const { name, version, routes, models } = service;
  const definitions = new Definitions(SCHEMAS);
  const access = new DocumentedAccess(options.access);
  const components = new Components(definitions, access.limitsRate ? RATE_HEADERS : []);
  const place = { definitions, components, options, access };
  const apis = routes.map(
    (route) => [route.path, { post: apiOperation(service, route, place) }] as const,
  );
  const taken = new Set(routes.map((route) => route.name));
  const others = [
    ...infrastructurePaths(place, taken),
    ...(models === undefined ? [] : oipPaths(service, models, place, taken)),
  ];
  const paths = Object.fromEntries<object>([...apis, ...others]);
  const tags = [...TAGS, ...(models === undefined ? [] : [OIP_TAG])];
  const description = (tag: string) => TAG_DESCRIPTIONS[tag] ?? `The APIs of ${name}`;
  return {
    openapi: "3.1.1",
    info: { title: name, version, description: `The APIs and the models of ${name}` },
    servers: [{ url: "." }],
    tags: tags
      .filter((tag) => hasTag(paths, tag))
      .map((tag) => ({ name: tag, description: description(tag) })),
    security: access.security,
    paths,
    components: components.all(access.schemes),
  };
}

/** Returns true if an operation has a tag. */
function hasTag(paths: Readonly<Record<string, object>>, tag: string): boolean {
  return Object.values(paths).some((path) =>
    Object.values(path as Record<string, { readonly tags: readonly string[] }>).some(({ tags }) =>
      tags.includes(tag),
    ),
  );
}
