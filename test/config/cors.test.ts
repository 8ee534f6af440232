import assert from "node:assert/strict";
import { test } from "node:test";
import { configOf } from "./config-of.ts";

const corsOf = (text: string) => configOf(`api_server: { ${text} }`).apiServer.cors;

for (const [text, expected] of [
  ["http: { cors: { enabled: false } }", undefined],
  ["http: { cors: { enabled: false, access_control_allow_origins: '*' } }", undefined],
  ["http: { cors: { access_control_allow_origins: '*' } }", undefined],
  ["http: { cors: { enabled: true, access_control_allow_origins: '*' } }", { origins: ["*"] }],
  ["cors: { enabled: true, access_control_allow_origins: '*' }", { origins: ["*"] }],
  [
    "cors: { enabled: true, access_control_allow_origin: https://a.org }",
    { origins: ["https://a.org"] },
  ],
  [
    "http: { cors: { enabled: true, " +
      "access_control_allow_origins: [https://a.org, 'https://b.org'], " +
      "access_control_allow_credentials: true, access_control_allow_methods: [GET, OPTIONS], " +
      "access_control_allow_headers: X-Own, access_control_expose_headers: [X-Made], " +
      "access_control_max_age: 60, access_control_allow_origin_regex: 'https://.*' } }",
    {
      origins: ["https://a.org", "https://b.org"],
      originRegex: "https://.*",
      credentials: true,
      methods: ["GET", "OPTIONS"],
      headers: ["X-Own"],
      exposeHeaders: ["X-Made"],
      maxAgeSeconds: 60,
    },
  ],
] as const) {
  test(`parseConfig() understands api_server: ${text}`, () => {
    assert.deepEqual(corsOf(text), expected);
  });
}

for (const [text, message] of [
  [
    "http: { cors: { enabled: true } }",
    /needs "api_server.http.cors.access_control_allow_origins"/,
  ],
  ["http: { cors: { enabled: 1 } }", /true or false/],
  ["http: { cors: { access_control_allow_origins: 5 } }", /a text or a list of texts/],
  ["http: { cors: { origins: '*' } }", /did you mean|it may have/],
  ["cors: { enabled: true }, http: { cors: { enabled: false } }", /old name/],
] as const) {
  test(`parseConfig() refuses api_server: ${text}`, () => {
    assert.throws(() => corsOf(text), { message });
  });
}
