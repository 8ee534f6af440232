import assert from "node:assert/strict";
import { test } from "node:test";
import { configOf, configOfOptions } from "./config-of.ts";

const nothing = {
  certfile: undefined,
  keyfile: undefined,
  keyfilePassword: undefined,
  caCerts: undefined,
  version: undefined,
  certReqs: undefined,
  ciphers: undefined,
};

const understood: readonly [string, object | undefined][] = [
  ["{}", undefined],
  ["{ certfile: , version: null }", undefined],
  ["{ enabled: false }", undefined],
  ["{ enabled: false, certfile: a.pem, keyfile: a.key }", undefined],
  ["{ enabled: true }", nothing],
  ["{ certfile: a.pem, keyfile: a.key }", { certfile: "a.pem", keyfile: "a.key" }],
  ["{ keyfile_password: secret }", { keyfilePassword: "secret" }],
  ["{ keyfile_password: '012' }", { keyfilePassword: "012" }],
  ["{ ca_certs: ca.pem, cert_reqs: 2 }", { caCerts: "ca.pem", certReqs: 2 }],
  // BentoML's defaults.
  ["{ version: 17, cert_reqs: 0, ciphers: TLSv1 }", { version: 17, certReqs: 0, ciphers: "TLSv1" }],
];
for (const [text, wanted] of understood) {
  test(`parseConfig() understands api_server.ssl: ${text}`, () => {
    const { ssl } = configOf(`api_server: { ssl: ${text} }`).apiServer;
    assert.deepEqual(ssl, wanted === undefined ? undefined : { ...nothing, ...wanted });
  });
}

test("parseConfig() takes api_server.ssl from EKIBEN_CONFIG_OPTIONS", () => {
  const { ssl } = configOfOptions(
    "api_server.ssl.certfile=a.pem api_server.ssl.version=5",
  ).apiServer;
  assert.deepEqual(ssl, { ...nothing, certfile: "a.pem", version: 5 });
});

const wrong: readonly [string, string][] = [
  ["{ certfle: a.pem }", 'There is no key "api_server.ssl.certfle": did you mean "certfile"?'],
  ["{ enabled: 1 }", '"api_server.ssl.enabled" must be true or false, but was 1'],
  ["{ certfile: '' }", '"api_server.ssl.certfile" must be a text that is not empty, but was ""'],
  ...["0", "3", "4", "16", '"17"', "[17]"].map((value): [string, string] => [
    `{ version: ${value} }`,
    '"api_server.ssl.version" must be 17 or 2 (TLS 1.2 and 1.3) or 5 (TLS 1.2 alone), ' +
      `since older ones are not safe, but was ${value}`,
  ]),
  [
    "{ cert_reqs: 3 }",
    '"api_server.ssl.cert_reqs" must be 0, 1 or 2: clients need no certificate, may have one, ' +
      "or need one, but was 3",
  ],
];
for (const [text, message] of wrong) {
  test(`parseConfig() refuses api_server.ssl: ${text}`, () => {
    assert.throws(() => configOf(`api_server: { ssl: ${text} }`), {
      message: `Cannot use the configuration c.yaml: ${message}`,
    });
  });
}

test("parseConfig() does not show a password", () => {
  for (const value of ["12345678", "[a]", "true", "''"]) {
    assert.throws(() => configOf(`api_server: { ssl: { keyfile_password: ${value} } }`), {
      message:
        'Cannot use the configuration c.yaml: "api_server.ssl.keyfile_password" must be a text: ' +
        "write one made of digits in quotes",
    });
  }
});
