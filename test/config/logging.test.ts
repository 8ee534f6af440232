import assert from "node:assert/strict";
import { test } from "node:test";
import { configOf } from "./config-of.ts";

/** The defaults of BentoML 1.1, as its own file has them. */
const BENTOML = `
  access:
    enabled: true
    request_content_length: true
    request_content_type: true
    response_content_length: true
    response_content_type: true
    skip_paths: ["/metrics", "/healthz", "/livez", "/readyz"]
    format:
      trace_id: 032x
      span_id: 016x
`;

test("parseConfig() reads BentoML's access log, of the server and of runners", () => {
  const { apiServer } = configOf(`api_server:\n logging:${BENTOML.replaceAll("\n", "\n ")}`);
  assert.deepEqual(apiServer.accessLog, {
    enabled: true,
    requestContentLength: true,
    requestContentType: true,
    responseContentLength: true,
    responseContentType: true,
    skipPaths: ["/metrics", "/healthz", "/livez", "/readyz"],
  });
  configOf(`runners:\n logging:${BENTOML.replaceAll("\n", "\n ")}`);
  configOf("runners: { mnist: { logging: { access: { enabled: false } } } }");
  const sampled = configOf("api_server: { logging: { access: { sample: 0.1, enabled: false } } }");
  assert.deepEqual(sampled.apiServer.accessLog, { enabled: false, sample: 0.1 });
});

const wrong: readonly [access: string, message: RegExp][] = [
  ["{ enabled: maybe }", /"api_server\.logging\.access\.enabled" must be true or false, but was/],
  ["{ sample: 2 }", /access\.sample" must be a number from 0 to 1, but was 2$/],
  ["{ skip_paths: /healthz }", /access\.skip_paths" must be a list of paths/],
  ["{ skip_path: [] }", /access\.skip_path": did you mean "skip_paths"\?$/],
  ["{ format: { trace_id: d } }", /format\.trace_id" must be "032x": hexadecimal, but was "d"$/],
];
test("parseConfig() refuses what an access log cannot be", () => {
  for (const [access, message] of wrong) {
    assert.throws(() => configOf(`api_server: { logging: { access: ${access} } }`), { message });
  }
  assert.throws(() => configOf("runners: { logging: { access: { format: { span_id: x } } } }"), {
    message: /"runners\.logging\.access\.format\.span_id" must be "016x"/,
  });
});
