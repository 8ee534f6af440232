import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCli, startCli } from "../support/cli.ts";
import { samplesIn } from "../support/exposition.ts";
import { answer, curl, grpcUrl, OVER_HTTP2, protos, V1 } from "./buf-curl.ts";

const greet = fileURLToPath(new URL("fixtures/greet.ts", import.meta.url));
const certificates = new URL("../runtime/http2/certificates/", import.meta.url);
const file = (name: string): string => fileURLToPath(new URL(name, certificates));

const V1ALPHA1 = "bentoml.grpc.v1alpha1.BentoService";
const upper = { apiName: "upper", text: "hello" };

test("ekiben serve answers buf curl in its three protocols", async () => {
  await using server = await startCli(["serve", greet], {}, /on (http:\S+) and grpc:\S+ with/);
  const apart = ["--schema", protos];
  for (const [url, flags] of [
    [server.url, ["--protocol", "connect", ...apart]],
    [server.url, ["--protocol", "grpcweb", ...apart]],
    [grpcUrl(server), OVER_HTTP2],
    [grpcUrl(server), ["--protocol", "connect", "--http2-prior-knowledge"]],
    [grpcUrl(server), ["--protocol", "grpcweb", "--http2-prior-knowledge"]],
  ] as const) {
    for (const service of [V1, V1ALPHA1]) {
      assert.deepEqual(await answer(`${url}/${service}/Call`, flags, upper), { text: "HELLO" });
    }
    const json = { apiName: "sum", serializedBytes: btoa("[1,2,3]") };
    assert.deepEqual(await answer(`${url}/${V1}/Call`, flags, json), { json: 6 });
    const { code, output } = await curl(`${url}/${V1}/Call`, flags, { apiName: "none" });
    assert.equal(code, 5 * 8, output); // buf multiplies the status by 8
    assert.match(output, /"not_found"[\s\S]*There is no API \\"none\\"/);
  }
});

test("ekiben serve streams over gRPC and Connect, and says that it is healthy", async () => {
  await using server = await startCli(["serve", greet], {}, /on (http:\S+) and grpc:\S+ with/);
  const url = grpcUrl(server);
  const request = { request: { apiName: "words", text: "a bb" } };
  for (const protocol of ["grpc", "connect"]) {
    const flags = ["--protocol", protocol, "--http2-prior-knowledge"];
    const { code, output } = await curl(`${url}/ekiben.v1.Inference/CallStream`, flags, request);
    assert.equal(code, 0, output);
    assert.deepEqual(
      [...output.matchAll(/"text": "(\w+)"/g)].map(([, word]) => word),
      ["a", "bb"],
    );
  }
  // The messages of the API's own rpc are known by reflection alone.
  const typed = await curl(`${url}/ekiben.greet.v1.GreetService/Words`, OVER_HTTP2, {
    text: "a bb",
  });
  assert.deepEqual(typed.output.match(/"text": "\w+"/g), ['"text": "a"', '"text": "bb"']);
  const health = await answer(`${url}/grpc.health.v1.Health/Check`, OVER_HTTP2, { service: V1 });
  assert.deepEqual(health, { status: "SERVING" });
  const scraped = await (await fetch(`${server.url}/metrics`)).text();
  const totals = samplesIn(scraped, "bentoml_api_server_request_total");
  const name = Object.keys(totals).find((each) => each.includes('api_name="words"')) ?? "";
  assert.ok(name.includes('http_response_code="200"'), JSON.stringify(totals));
  assert.equal(totals[name], 3);
});

test("ekiben serve --one-port serves everything on one port", async () => {
  await using server = await startCli(["serve", greet, "--one-port"], {}, /on (http:\S+) with/);
  const rest = await fetch(`${server.url}/upper`, { method: "POST", body: "hello" });
  assert.equal(await rest.text(), "HELLO");
  for (const flags of [OVER_HTTP2, ["--protocol", "connect", "--schema", protos]]) {
    assert.deepEqual(await answer(`${server.url}/${V1}/Call`, flags, upper), { text: "HELLO" });
  }
});

test("ekiben serve uses TLS for everything, only with clients of an authority", async () => {
  const tls = ["--ssl-certfile", file("server.pem"), "--ssl-keyfile", file("server.key")];
  const args = ["serve", greet, ...tls, "--ssl-ca-certs", file("authority.pem")];
  await using server = await startCli(args, {}, /on (https:\S+) with/);
  const url = `${server.url.replace("127.0.0.1", "localhost")}/${V1}/Call`;
  const trust = ["--cacert", file("authority.pem"), "--schema", protos];
  const own = ["--cert", file("client.pem"), "--key", file("client.key")];
  for (const protocol of ["grpc", "connect", "grpcweb"]) {
    const flags = ["--protocol", protocol, ...trust, ...own];
    assert.deepEqual(await answer(url, flags, upper), { text: "HELLO" });
  }
  assert.notEqual((await curl(url, ["--protocol", "connect", ...trust], upper)).code, 0);
});

test("ekiben serve-grpc serves gRPC, and its metrics at / on another port", async () => {
  const args = ["serve-grpc", greet, "--metrics-port", "0", "--production", "--enable-reflection"];
  const ready = /on (grpc:\S+ and http:\S+) with/;
  await using server = await startCli(args, {}, ready);
  const [grpc = "", http = ""] = server.url.split(" and ");
  const url = grpc.replace("grpc:", "http:");
  assert.deepEqual(await answer(`${url}/${V1}/Call`, OVER_HTTP2, upper), { text: "HELLO" });
  for (const path of ["/", "/metrics"]) {
    const scraped = await fetch(`${http}${path}`);
    assert.match(scraped.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
    const totals = samplesIn(await scraped.text(), "bentoml_api_server_request_total");
    const ofCalls = Object.entries(totals).filter(([series]) => series.includes('"upper"'));
    assert.deepEqual(
      ofCalls.map(([, total]) => total),
      [1],
    );
  }
  assert.equal((await fetch(`${http}/upper`, { method: "POST", body: "x" })).status, 404);
});

test("ekiben serve-http serves no gRPC", async () => {
  await using server = await startCli(["serve-http", greet], {}, /on (http:\S+) with/);
  assert.doesNotMatch(server.output, /grpc/);
  const rest = await fetch(`${server.url}/upper`, { method: "POST", body: "hello" });
  assert.equal(await rest.text(), "HELLO");
});

for (const [what, args, message, exitCode] of [
  [
    "half of a certificate",
    ["--ssl-certfile", "x.pem"],
    /needs both --ssl-certfile and --ssl-key/,
    1,
  ],
  [
    "a certificate that is not there",
    ["--ssl-certfile", "no.pem", "--ssl-keyfile", "no.key"],
    /^error: Cannot read the (certificate|private key) for TLS: ENOENT/,
    1,
  ],
  ["two ports that are one", ["--one-port", "--grpc-port", "3001"], /there is one port/, 1],
  [
    "an invalid gRPC port",
    ["--grpc-port", "70000"],
    /'--grpc-port.*'70000' is invalid\. A port is .* 0 to 65535/,
    2,
  ],
] as const) {
  test(`ekiben serve refuses ${what} in a sentence`, async () => {
    const { code, output } = await runCli(["serve", greet, "--port", "0", ...args]);
    assert.equal(code, exitCode, output);
    assert.match(output.trim(), /^error: [^\n]+$/);
    assert.match(output, message);
  });
}
