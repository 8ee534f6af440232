/** Requests that the example service must refuse, and how. */
import { gzipSync } from "node:zlib";

export interface Wrong {
  readonly what: string;
  readonly path: string;
  readonly init?: RequestInit;
  readonly status: number;
  readonly code: string;
  readonly error: RegExp;
}

const form = (name: string, value: string | Blob): FormData => {
  const data = new FormData();
  data.append(name, value);
  return data;
};

export const wrong: readonly Wrong[] = [
  {
    what: "an invalid path",
    path: "/nowhere",
    status: 404,
    code: "not_found",
    error: /nothing at \/nowhere; the service has \/upper, \/greet, \/v1\/numbers\/double/,
  },
  {
    what: "a long path of anything",
    path: `/${"n%0D%0A".repeat(2000)}`,
    status: 404,
    code: "not_found",
    error: /^There is nothing at \/n\\u\{d\}\\u\{a\}[ -~]{0,400}…; the service has [ -~]{1,300}$/,
  },
  {
    what: "a long Content-Encoding",
    path: "/upper",
    init: { body: "x", headers: { "content-encoding": "z".repeat(9000) } },
    status: 415,
    code: "unsupported_media_type",
    error: /^Cannot read a body with Content-Encoding "z{100}…": send it as gzip/,
  },
  {
    what: "a long charset",
    path: "/upper",
    init: { body: "x", headers: { "content-type": `text/plain; charset=${"z".repeat(9000)}` } },
    status: 415,
    code: "unsupported_media_type",
    error: /^Cannot read text in the charset "z{100}…": it must be UTF-8$/,
  },
  {
    what: "another method",
    path: "/upper",
    init: { method: "PUT", body: "x" },
    status: 405,
    code: "method_not_allowed",
    error: /^\/upper takes POST, not PUT$/,
  },
  { what: "no body", path: "/greet", status: 400, code: "invalid_argument", error: /JSON/ },
  {
    what: "bad JSON",
    path: "/greet",
    init: { body: '{"name": "Ada",' },
    status: 400,
    code: "invalid_argument",
    error: /^Invalid JSON input received: /,
  },
  {
    what: "JSON that the schema refuses",
    path: "/greet",
    init: { body: '{"name":7,"age":-1}' },
    status: 400,
    code: "invalid_argument",
    error: /name: .*string.*age: /s,
  },
  {
    what: "bytes that are not text",
    path: "/upper",
    init: { body: Uint8Array.of(0xff, 0xfe) },
    status: 400,
    code: "invalid_argument",
    error: /UTF-8/,
  },
  {
    what: "an array that is ragged",
    path: "/v1/numbers/double",
    init: { body: "[[1],[2,3]]" },
    status: 400,
    code: "invalid_argument",
    error: /\[1\]/,
  },
  {
    what: "a form without a file",
    path: "/store",
    init: { body: form("note", "hello") },
    status: 400,
    code: "invalid_argument",
    error: /No file found in the multipart form/,
  },
  {
    what: "a form that is cut short",
    path: "/store",
    init: {
      body: '--x\r\ncontent-disposition: form-data; name="a"; filename="a"\r\n\r\nhalf',
      headers: { "content-type": "multipart/form-data; boundary=x" },
    },
    status: 400,
    code: "invalid_argument",
    error: /ends before its closing boundary/,
  },
  {
    what: "an unknown encoding",
    path: "/upper",
    init: { body: "x", headers: { "content-encoding": "br" } },
    status: 415,
    code: "unsupported_media_type",
    error: /Content-Encoding "br": send it as gzip/,
  },
  {
    what: "invalid gzip",
    path: "/upper",
    init: { body: "not gzip", headers: { "content-encoding": "gzip" } },
    status: 400,
    code: "invalid_argument",
    error: /^The body is not gzip, ends too early, or has data after its end/,
  },
  {
    what: "a body that is too large",
    path: "/upper",
    init: { body: "x".repeat(1_001), headers: { "content-length": "1001" } },
    status: 413,
    code: "payload_too_large",
    error: /^The body of 1001 bytes is too large: at most 1000 bytes are accepted$/,
  },
  {
    what: "a small body that unpacks to a large one",
    path: "/upper",
    init: {
      body: gzipSync("x".repeat(1_000_000)).subarray() as Uint8Array<ArrayBuffer>,
      headers: { "content-encoding": "gzip" },
    },
    status: 413,
    code: "payload_too_large",
    error: /^The body is too large: at most 1000 bytes are accepted$/,
  },
  {
    what: "an error of the handler's own",
    path: "/refuse",
    init: { body: "failed_precondition" },
    status: 422,
    code: "failed_precondition",
    error: /^refused as failed_precondition$/,
  },
];
