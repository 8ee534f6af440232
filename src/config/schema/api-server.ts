/**
 * The JSON Schema of `api_server`.
 * @module
 */

import { API_WORKERS, NO_API_WORKERS, RENAMED_API_SERVER_KEYS } from "../../bentoml/config-keys.ts";
import { DEFAULT_TIMEOUT_MS } from "../../limits.ts";
import { DEFAULT_HOST, DEFAULT_PORT } from "../api-server.ts";
import { MAX_MESSAGE_LENGTH, MAX_STREAMS } from "../grpc.ts";
import { SSL_CERT_REQS, SSL_VERSION } from "../ssl.ts";
import { MAX_SECONDS } from "../value.ts";
import { ACCESS_LOG } from "./access-log.ts";
import { API_SERVER_METRICS } from "./metrics.ts";
import { withOldNames } from "./old-names.ts";
import {
  about,
  choice,
  deprecated,
  filledText,
  flag,
  type JsonSchema,
  number,
  port,
  section,
  setting,
  texts,
  wholeNumber,
} from "./values.ts";

const HTTP: JsonSchema = section({
  host: filledText(about("address to listen on", DEFAULT_HOST, DEFAULT_HOST)),
  port: port(about("port of HTTP (of gRPC for serve-grpc); 0 for any", "3000", DEFAULT_PORT)),
  cors: corsSchema(),
});

function corsSchema(): JsonSchema {
  const origins = texts(about("web pages that may call (CORS)", "none"));
  const needed = ["access_control_allow_origins", "access_control_allow_origin_regex"];
  const old = "access_control_allow_origin";
  return section(
    {
      enabled: flag(about("CORS by the file", "off", false)),
      access_control_allow_origins: origins,
      access_control_allow_credentials: flag(about("cookies of pages", "off", false)),
      access_control_allow_methods: texts(about("methods of pages", "GET, HEAD, POST")),
      access_control_allow_headers: texts(about("headers that pages may send", "any")),
      access_control_allow_origin_regex: filledText(
        about("origins by a regular expression", "none"),
      ),
      access_control_max_age: wholeNumber(
        about("how long browsers remember it, in seconds", "7,200"),
        0,
      ),
      access_control_expose_headers: texts(about("further headers that pages may read")),
      [old]: deprecated(origins, "The old name of access_control_allow_origins"),
    },
    {
      if: { properties: { enabled: { const: true } }, required: ["enabled"] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { anyOf: [...needed, old].map((key) => ({ required: [key] })) },
    },
  );
}

const TRAFFIC: JsonSchema = section({
  timeout: number(about("time of a request", "60 s", DEFAULT_TIMEOUT_MS / 1000), {
    minimum: 0.001,
    maximum: MAX_SECONDS,
  }),
  max_concurrency: wholeNumber(about("requests under way at the same time", "any"), 1),
  drain_lead: number(
    about(
      "at a stop, the time to accept requests while not ready",
      "5 s; 0 at a terminal and for close()",
    ),
    { minimum: 0, maximum: MAX_SECONDS },
  ),
  max_held_bytes: wholeNumber(
    about("memory of all bodies and messages together, in bytes", "512 MiB"),
    1,
  ),
});

const GRPC: JsonSchema = section({
  host: filledText(about("address of gRPC", "that of HTTP")),
  port: port(about("port of gRPC", "the next one, 3001")),
  max_concurrent_streams: wholeNumber(
    about("calls at once on one gRPC connection", "1,000"),
    1,
    MAX_STREAMS,
  ),
  maximum_concurrent_rpcs: wholeNumber(
    about("calls at once over all gRPC connections", "10,000"),
    1,
  ),
  max_message_length: setting(
    about("largest body or message, in bytes", "20 MiB"),
    { type: "integer", minimum: 1, maximum: MAX_MESSAGE_LENGTH },
    { const: -1, description: "256 MiB" },
  ),
  reflection: section({ enabled: flag(about("gRPC reflection", "on", true)) }),
  channelz: section({
    enabled: choice(about("Channelz, which is not supported: must be false", "off", false), [
      false,
    ]),
  }),
  metrics: section({
    host: filledText(about("serve-grpc: address of the metrics", "that of gRPC")),
    port: port(about("serve-grpc: port of the metrics", "3001")),
  }),
});

const SSL: JsonSchema = section({
  enabled: flag(about("TLS although its keys are in the file", "on if there is any other key")),
  certfile: filledText(about("file of the certificate", "none")),
  keyfile: filledText(about("file of its private key", "none")),
  keyfile_password: filledText(about("password of the private key", "none")),
  ca_certs: filledText(about("file of the authorities of clients' certificates", "none")),
  version: choice(
    about("version: 17 is TLS 1.2 and 1.3, 5 is TLS 1.2 alone", "17"),
    SSL_VERSION.values,
  ),
  cert_reqs: choice(
    about("clients' certificates: 0 none, 1 optional, 2 required", "2 with authorities"),
    SSL_CERT_REQS.values,
  ),
  ciphers: filledText(
    about("ciphers of TLS 1.2, in OpenSSL's words; not on Deno", "the runtime's"),
  ),
});

const UNCAUGHT = ["drain", "continue"];

/** The keys under `api_server`. */
export const API_SERVER: JsonSchema = withOldNames(
  section({
    http: HTTP,
    traffic: TRAFFIC,
    metrics: API_SERVER_METRICS,
    grpc: GRPC,
    ssl: SSL,
    on_uncaught: choice(
      about("after an uncaught exception: drain or continue", "drain", "drain"),
      UNCAUGHT,
    ),
    logging: section({ access: ACCESS_LOG }),
    [API_WORKERS]: deprecated(
      wholeNumber(about("number of API processes"), 1),
      `It has no effect: ${NO_API_WORKERS}`,
    ),
  }),
  RENAMED_API_SERVER_KEYS,
);
