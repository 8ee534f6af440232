import assert from "node:assert/strict";
import { test } from "node:test";
import { configOf, configOfOptions } from "./config-of.ts";

const nothing = configOf("").apiServer.grpc;

const understood: readonly [string, object][] = [
  ["{ host: '::1', port: 0 }", { host: "::1", port: 0 }],
  ["{ port: 65535 }", { port: 65_535 }],
  ["{ max_concurrent_streams: 4294967295 }", { maxConcurrentStreams: 2 ** 32 - 1 }],
  ["{ maximum_concurrent_rpcs: 1 }", { maxConcurrentCalls: 1 }],
  ["{ max_message_length: 2147483647 }", { maxMessageBytes: 2 ** 31 - 1 }],
  ["{ max_message_length: -1 }", { maxMessageBytes: "unlimited" }],
  ["{ reflection: { enabled: false } }", { reflection: false }],
  ["{ reflection: { enabled: true } }", { reflection: true }],
  ["{ metrics: { host: localhost, port: 9 } }", { metrics: { host: "localhost", port: 9 } }],
  ["{ channelz: { enabled: false } }", {}],
  ["{ host: , max_message_length: , reflection: , channelz: , metrics: { port: } }", {}],
];
for (const [text, wanted] of understood) {
  test(`parseConfig() understands api_server.grpc: ${text}`, () => {
    const config = configOf(`api_server: { grpc: ${text} }`);
    assert.deepEqual(config.apiServer.grpc, { ...nothing, ...wanted });
  });
}

test("parseConfig() takes api_server.grpc from EKIBEN_CONFIG_OPTIONS", () => {
  const config = configOfOptions("api_server.grpc.metrics.port=9 api_server.grpc.port=8");
  const metrics = { host: undefined, port: 9 };
  assert.deepEqual(config.apiServer.grpc, { ...nothing, port: 8, metrics });
});

const wrong: readonly [string, string][] = [
  ["{ prt: 1 }", 'There is no key "api_server.grpc.prt": did you mean "port"?'],
  ["{ port: -1 }", '"api_server.grpc.port" must be a whole number from 0 to 65535, but was -1'],
  ["{ host: 1 }", '"api_server.grpc.host" must be an address, but was 1'],
  [
    "{ max_concurrent_streams: 0 }",
    '"api_server.grpc.max_concurrent_streams" must be a whole number from 1 to 4294967295, ' +
      "but was 0",
  ],
  [
    "{ maximum_concurrent_rpcs: -1 }",
    '"api_server.grpc.maximum_concurrent_rpcs" must be a whole number from 1 up, but was -1',
  ],
  ...["0", "-2", "2147483648", "1.5", '"20"'].map((value): [string, string] => [
    `{ max_message_length: ${value} }`,
    '"api_server.grpc.max_message_length" must be a whole number from 1 to 2147483647, ' +
      `or -1 for no bound, but was ${value}`,
  ]),
  ["{ reflection: true }", '"api_server.grpc.reflection" must be a mapping of keys, but was true'],
  [
    "{ channelz: { enabled: true } }",
    '"api_server.grpc.channelz.enabled" cannot be true: Channelz is not supported; ' +
      "the metrics show the state of calls",
  ],
  [
    "{ metrics: { hots: a } }",
    'There is no key "api_server.grpc.metrics.hots": did you mean "host"?',
  ],
];
for (const [text, message] of wrong) {
  test(`parseConfig() refuses api_server.grpc: ${text}`, () => {
    assert.throws(() => configOf(`api_server: { grpc: ${text} }`), {
      message: `Cannot use the configuration c.yaml: ${message}`,
    });
  });
}
