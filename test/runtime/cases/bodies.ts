/** Bodies: how they are decompressed, and bounded. */
import { bytesOf, equal } from "./check.ts";
import { checkRefusal, type Exchange, type Refusal } from "./exchange.ts";
import samples from "./samples.json" with { type: "json" };
import { type Case, MAX_BODY_BYTES } from "./target.ts";

const { compressed } = samples;

const encoded = (
  base64: string,
  encoding: string,
  wanted: string | Refusal,
): NonNullable<Exchange["rest"]> => [bytesOf(base64), wanted, { "content-encoding": encoding }];

const OPENED = "HELLO WORLD";
const DAMAGED: Refusal = [400, "invalid_argument", /gzip|deflate/];

export const COMPRESSED: readonly Exchange[] = [
  { api: "upper", what: "gzip", rest: encoded(compressed.gzip, "gzip", OPENED) },
  { api: "upper", what: "x-gzip", rest: encoded(compressed.gzip, "x-gzip", OPENED) },
  { api: "upper", what: "deflate", rest: encoded(compressed.deflate, "deflate", OPENED) },
  { api: "upper", what: "bare deflate", rest: encoded(compressed.bareDeflate, "deflate", OPENED) },
  { api: "upper", what: "identity", rest: [OPENED, OPENED, { "content-encoding": "identity" }] },
  { api: "upper", what: "half a gzip", rest: encoded(compressed.gzipCut, "gzip", DAMAGED) },
  {
    api: "upper",
    what: "half of a second member",
    rest: encoded(compressed.gzipCutInTwo, "gzip", DAMAGED),
  },
  { api: "upper", what: "gzip and text", rest: encoded(compressed.gzipAndText, "gzip", DAMAGED) },
  {
    api: "upper",
    what: "a gzip with a wrong checksum",
    rest: encoded(compressed.gzipWrongSum, "gzip", DAMAGED),
  },
  { api: "upper", what: "no gzip", rest: encoded(btoa("hello"), "gzip", DAMAGED) },
  { api: "upper", what: "no deflate", rest: encoded(btoa("hello"), "deflate", DAMAGED) },
  {
    api: "upper",
    what: "half a deflate",
    rest: encoded(compressed.deflateCut, "deflate", DAMAGED),
  },
  {
    api: "upper",
    what: "deflate and text",
    rest: encoded(compressed.deflateAndText, "deflate", DAMAGED),
  },
  { api: "upper", what: "an empty body", rest: encoded("", "gzip", "") },
  {
    api: "upper",
    what: "another compression",
    rest: ["x", [415, "unsupported_media_type", /"br"/], { "content-encoding": "br" }],
  },
];

/** gzip in several members, as some tools write it in parallel. */
export const MEMBERS: readonly Exchange[] = [
  { api: "upper", what: "two members", rest: encoded(compressed.gzipInTwo, "gzip", OPENED) },
  {
    api: "upper",
    what: "empty members",
    rest: encoded(compressed.gzipWithEmpty, "x-gzip", OPENED),
  },
  {
    api: "upper",
    what: "members and padding",
    rest: encoded(compressed.gzipAndZeros, "gzip", OPENED),
  },
];

/** A compressed call, over Connect. */
export const COMPRESSED_CALL: Case = {
  name: "a compressed message, over Connect",
  async run(target) {
    const message = JSON.stringify({ apiName: "upper", text: "hello" });
    const gzip = new Blob([message]).stream().pipeThrough(new CompressionStream("gzip"));
    const response = await target.fetch("/bentoml.grpc.v1.BentoService/Call", {
      method: "POST",
      body: await new Response(gzip).bytes(),
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
    });
    equal(await response.json(), { text: "HELLO" });
  },
};

export const BOUNDED: readonly Exchange[] = [
  { api: "length", what: "the largest body", rest: ["x".repeat(MAX_BODY_BYTES), "300000"] },
  {
    api: "length",
    what: "a larger body",
    rest: ["x".repeat(MAX_BODY_BYTES + 1), [413, "payload_too_large", /300000/]],
    message: [{ text: "x".repeat(MAX_BODY_BYTES) }, ["resource_exhausted", /300000/]],
  },
];

/** A small body that is large when it is decompressed. */
export const BOMB: Case = {
  name: "length: a body that is larger when it is decompressed",
  async run(target) {
    const zeros = new Blob([new Uint8Array(20 * MAX_BODY_BYTES)]).stream();
    const bomb = await new Response(zeros.pipeThrough(new CompressionStream("gzip"))).bytes();
    const headers = { "content-encoding": "gzip" };
    const response = await target.fetch("/length", { method: "POST", body: bomb, headers });
    await checkRefusal(response, [413, "payload_too_large", /300000/]);
  },
};
