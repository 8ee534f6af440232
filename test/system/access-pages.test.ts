/** Pages in Chromium, on another origin than the server: what they may call. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { api, service, text } from "ekiben";
import { type ServeOptions, serve } from "ekiben/serve";
import { type Chromium, launchChromium } from "../support/chromium.ts";
import { serveFiles } from "../support/site.ts";

const chromium: Chromium = await launchChromium();
after(() => chromium[Symbol.asyncDispose]());
const limits = { timeout: 300_000 };
const KEY = "key-of-the-page";

/** Calls the API over each protocol, as the page does: the status and the text, or the error. */
async function callAll([url, key]: [string, string]): Promise<Record<string, string>> {
  const CALL = `${url}/bentoml.grpc.v1.BentoService/Call`;
  const message = JSON.stringify({ apiName: "upper", text: "a" });
  const frame = new Uint8Array(5 + message.length);
  frame.set(new TextEncoder().encode(message), 5);
  frame[4] = message.length;
  const headers: Record<string, string> = key === "" ? {} : { authorization: `Bearer ${key}` };
  const post = (type: string, body: BodyInit, more = {}): RequestInit => ({
    method: "POST",
    body,
    headers: { ...headers, "content-type": type, ...more },
  });
  const calls: Record<string, [string, RequestInit]> = {
    simple: [`${url}/upper`, { method: "POST", body: "a", headers }],
    REST: [`${url}/upper`, post("text/plain", "a", { "x-request-id": "of-the-page" })],
    Connect: [CALL, post("application/json", message, { "connect-protocol-version": "1" })],
    "gRPC-Web": [CALL, post("application/grpc-web+json", frame, { "x-grpc-web": "1" })],
  };
  const outcomes: Record<string, string> = {};
  for (const [name, [address, init]] of Object.entries(calls)) {
    try {
      const response = await fetch(address, init);
      const body = await response.text();
      const said = /"code":"\w+"|grpc-status: ?[1-9]\d*/.exec(body) ?? /A/.exec(body);
      const hidden = response.headers.get("x-request-id") === null ? " without its id" : "";
      outcomes[name] = `${response.status} ${said?.[0]}${name === "REST" ? hidden : ""}`;
    } catch (error) {
      outcomes[name] = (error as Error).name;
    }
  }
  return outcomes;
}

const refused = "TypeError";
const unknown = '401 "code":"unauthenticated"';

/** The cases: the options of the server, the key of the page, what comes back, and what has run. */
const CASES: Readonly<Record<string, readonly [ServeOptions, string, object, number]>> = {
  "without CORS": [
    {},
    "",
    { simple: refused, REST: refused, Connect: refused, "gRPC-Web": refused },
    0,
  ],
  "with CORS for every page": [
    { cors: "*" },
    "",
    { simple: "200 A", REST: "200 A", Connect: "200 A", "gRPC-Web": "200 A" },
    4,
  ],
  "with CORS and a key": [
    { cors: "*", apiKeys: [KEY] },
    KEY,
    { simple: "200 A", REST: "200 A", Connect: "200 A", "gRPC-Web": "200 A" },
    4,
  ],
  "with CORS, without the key": [
    { cors: "*", apiKeys: [KEY] },
    "",
    { simple: unknown, REST: unknown, Connect: unknown, "gRPC-Web": "200 grpc-status: 16" },
    0,
  ],
};

for (const [what, [options, key, expected, count]] of Object.entries(CASES)) {
  test(`a page of another origin calls a server ${what}`, limits, async () => {
    let runs = 0;
    const counted = service("counted", {
      runners: [],
      apis: {
        upper: api({ input: text(), output: text() }, (given) => {
          runs += 1;
          return given.toUpperCase();
        }),
      },
    });
    await using server = await serve(counted, { port: 0, grpcPort: false, ...options });
    await using site = await serveFiles({ "/index.html": "<title>Page</title>" });
    await using page = await chromium.open(`${site.url}/`);
    assert.deepEqual(await page.run(callAll, [server.url, key]), expected);
    assert.equal(runs, count);
  });
}
