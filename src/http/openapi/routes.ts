/**
 * `/openapi.json`: the service as an OpenAPI document; `/docs.json`: the same, where BentoML's 1.1
 * clients look for it; `/schema.json`: the APIs for BentoML's clients from 1.2 on.
 * @module
 */

import type { Context, Hono } from "hono";
import { stringifyJson } from "../../io/json/text.ts";
import type { Service } from "../../service/service.ts";
import { refuseMethod } from "../error-response.ts";
import type { DocumentOptions } from "./document.ts";

/** The paths of the document. */
export const DOCUMENT_PATHS = ["/openapi.json", "/docs.json"] as const;

/** The path of the document that BentoML's clients from 1.2 on read. */
export const SCHEMA_PATH = "/schema.json";

/**
 * Adds the routes. The document is made for each request, since models come and go, by code that is
 * loaded at the first one.
 */
export function documentRoutes(hono: Hono, service: Service, options: DocumentOptions): void {
  for (const path of DOCUMENT_PATHS) {
    hono.get(path, async (c) => {
      const { openApiOf } = await import("./document.ts");
      return answer(c, openApiOf(service, options));
    });
    hono.all(path, refuseMethod("GET"));
  }
  hono.get(SCHEMA_PATH, async (c) => {
    const { serviceSchema } = await import("../../bentoml/service-schema.ts");
    const apis = service.routes.map(({ name, path, api }) => {
      const { input, output, description = "", stream = false } = api;
      return { name, path, description, input, output, isStream: stream };
    });
    return answer(c, serviceSchema(service.name, apis));
  });
  hono.all(SCHEMA_PATH, refuseMethod("GET"));
}

function answer(c: Context, document: object): Response {
  const bytes = stringifyJson(document);
  // Servers measure only short ones by themselves.
  const length = { "content-length": String(bytes.length) };
  return c.body(bytes, 200, { "content-type": "application/json", ...length });
}
