/**
 * infrastructurePaths(): the probes, the metrics and the documents of every service.
 * @module
 */

import { INFRASTRUCTURE_TAG } from "../../bentoml/openapi.ts";
import type { JsonSchema } from "../../schema/json-schema.ts";
import type { DocumentPlace } from "./api-operation.ts";
import type { AccessFacts, DocumentedAccess } from "./documented-access.ts";
import { errorAnswers } from "./statuses.ts";

const TEXT: JsonSchema = { type: "string" };
const OBJECT: JsonSchema = { type: "object" };

/** A path that is answered by GET. */
interface Infrastructure {
  readonly id: string;
  readonly path: string;
  readonly summary: string;
  readonly content: Readonly<Record<string, JsonSchema>>;
  /** The statuses of its errors, beside 400. */
  readonly errors?: readonly number[];
  /** Who may ask for it. Default: those who may call. */
  readonly reach?: "probe" | "metrics" | "open";
}

/** The types of metrics: those that a scrape may ask for by Accept. */
const METRICS: Readonly<Record<string, JsonSchema>> = {
  "text/plain": TEXT,
  "application/openmetrics-text": TEXT,
  "application/vnd.google.protobuf": { type: "string", format: "binary" },
};

const PLAIN = { "text/plain": TEXT };
const JSON_OBJECT = { "application/json": OBJECT };

/** A probe, which answers with an empty line. */
const PROBE = { content: PLAIN, reach: "probe" } as const;

const ALWAYS: readonly Infrastructure[] = [
  { id: "livez", path: "/livez", summary: "Says that the process runs", ...PROBE },
  { id: "healthz", path: "/healthz", summary: "The older name of /livez", ...PROBE },
  {
    id: "readyz",
    path: "/readyz",
    summary: "Says whether requests are taken",
    ...PROBE,
    errors: [503],
  },
  { id: "openapi", path: "/openapi.json", summary: "This document", content: JSON_OBJECT },
  {
    id: "docs",
    path: "/docs.json",
    summary: "This document, where BentoML's clients look for it",
    content: JSON_OBJECT,
  },
  {
    id: "schema",
    path: "/schema.json",
    summary: "The APIs, for BentoML's clients from 1.2 on",
    content: JSON_OBJECT,
  },
];

const METRICS_OPERATION: Infrastructure = {
  id: "metrics",
  path: "/metrics",
  summary: "The metrics, for Prometheus",
  content: METRICS,
  reach: "metrics",
};

const PAGE_OPERATION: Infrastructure = {
  id: "page",
  path: "/",
  summary: "A page to try the APIs and the models",
  content: { "text/html": TEXT },
  reach: "open",
  // It is not there for clients that take no HTML.
  errors: [404],
};

/**
 * Returns the paths.
 *
 * @param taken the ids of other operations; the new ones are added
 */
export function infrastructurePaths(
  { components, options, access }: DocumentPlace,
  taken: Set<string>,
): readonly (readonly [string, object])[] {
  const { hasMetrics, hasPage } = options;
  const all = [
    ...ALWAYS,
    ...(hasMetrics ? [METRICS_OPERATION] : []),
    ...(hasPage ? [PAGE_OPERATION] : []),
  ];
  return all.map((each) => {
    const { id, path, summary, content, errors = [] } = each;
    const { statuses, headers, security } = accessOf(each, access);
    const get = {
      tags: [INFRASTRUCTURE_TAG],
      operationId: uniqueId(id, taken),
      summary,
      description: "",
      ...security,
      responses: {
        200: {
          description: summary,
          headers: components.headers("X-Request-Id", ...headers),
          content: Object.fromEntries(
            Object.entries(content).map(([type, schema]) => [type, { schema }]),
          ),
        },
        ...errorAnswers(components, [400, ...statuses, ...errors]),
      },
    };
    return [path, { get }] as const;
  });
}

function accessOf({ path, reach }: Infrastructure, access: DocumentedAccess): AccessFacts {
  return reach === "probe" ? access.ofProbe() : access.ofPath(path, reach ?? "call");
}

/** Returns an id that no other operation has, and takes it. */
export function uniqueId(id: string, taken: Set<string>): string {
  let free = id;
  while (taken.has(free)) free += "_";
  taken.add(free);
  return free;
}
