/**
 * The keys under `api_server.http.cors`, which are BentoML's.
 * @module
 */

import type { CorsOptions } from "../access/cors.ts";
import { asMapping, pathOf, type Section, section } from "./mapping.ts";
import { filledText, flag, texts, wholeNumber } from "./value.ts";

const ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/** Returns the settings of CORS; undefined unless it is enabled. @throws Error for invalid ones */
export function corsConfig(http: Section): CorsOptions | undefined {
  const path = pathOf(http.path, "cors");
  // BentoML's name until 1.0.15.
  const { access_control_allow_origin: old, ...given } = asMapping(path, http.values["cors"]);
  const values = old === undefined ? given : { access_control_allow_origins: old, ...given };
  const cors = section(path, values, {
    known: [
      "enabled",
      "access_control_allow_origins",
      "access_control_allow_credentials",
      "access_control_allow_methods",
      "access_control_allow_headers",
      "access_control_allow_origin_regex",
      "access_control_max_age",
      "access_control_expose_headers",
    ],
  });
  const origins = texts(cors, "access_control_allow_origins");
  const originRegex = filledText(cors, "access_control_allow_origin_regex");
  const credentials = flag(cors, "access_control_allow_credentials");
  const methods = texts(cors, "access_control_allow_methods");
  const headers = texts(cors, "access_control_allow_headers");
  const exposeHeaders = texts(cors, "access_control_expose_headers");
  const maxAgeSeconds = wholeNumber(cors, "access_control_max_age", 0);
  if (flag(cors, "enabled") !== true) return undefined;
  if (origins === undefined && originRegex === undefined) {
    throw new Error(`"${cors.path}.enabled" needs "${cors.path}.access_control_allow_origins"`);
  }
  return {
    ...(origins === undefined ? {} : { origins }),
    ...(originRegex === undefined ? {} : { originRegex }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(methods === undefined ? {} : { methods: methods.includes("*") ? ALL_METHODS : methods }),
    ...(headers === undefined ? {} : { headers }),
    ...(exposeHeaders === undefined ? {} : { exposeHeaders }),
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
  };
}
