/**
 * The JSON Schemas of `logging.access`, of the server and of runners.
 * @module
 */

import { about, choice, flag, type JsonSchema, number, section, setting } from "./values.ts";

const FORM = about("form of ids in lines, which is always this one", "032x, 016x");

/** The keys under `logging.access` of the server. */
export const ACCESS_LOG: JsonSchema = section({
  enabled: flag(about("a line for each request", "on; off for app()", true)),
  sample: number(about("share of successful requests with a line", "1", 1), {
    minimum: 0,
    maximum: 1,
  }),
  skip_paths: setting(about("paths without lines", "probes"), {
    type: "array",
    items: { type: "string" },
  }),
  request_content_length: flag(about("type and length of requests in lines", "on", true)),
  request_content_type: flag(about("type and length of requests in lines", "on", true)),
  response_content_length: flag(about("type and length of answers in lines", "off", false)),
  response_content_type: flag(about("type and length of answers in lines", "off", false)),
  format: section({ trace_id: choice(FORM, ["032x"]), span_id: choice(FORM, ["016x"]) }),
});
