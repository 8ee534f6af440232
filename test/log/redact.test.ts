import assert from "node:assert/strict";
import { test } from "node:test";
import { redactText, redactUrl } from "../../src/log/redact.ts";

const urls: readonly [url: string, redacted: string][] = [
  ["/predict", "/predict"],
  ["/predict?threshold=0.5&label=cat", "/predict?threshold=0.5&label=cat"],
  ["/predict?api_key=abc&x=1", "/predict?api_key=***&x=1"],
  ["/predict?x=1&access_token=abc#end", "/predict?x=1&access_token=***#end"],
  ["/p?X-Amz-Signature=abc&X-Amz-Credential=me", "/p?X-Amz-Signature=***&X-Amz-Credential=***"],
  [
    "/p?TOKEN=a&token=b&my.secret=c&Password=d",
    "/p?TOKEN=***&token=***&my.secret=***&Password=***",
  ],
  ["/p?author=me&keyboard=us&monkey=1", "/p?author=me&keyboard=us&monkey=1"],
  ["redis://user:hunter2@host:6379/0", "redis://user:***@host:6379/0"],
];
test("redactUrl() removes the values of keys and tokens, and of nothing else", () => {
  for (const [url, redacted] of urls) assert.equal(redactUrl(url), redacted);
});

const texts: readonly [text: string, redacted: string][] = [
  ["The batch failed", "The batch failed"],
  ["Authorization: Bearer abc.def-ghi", "Authorization: ***"],
  ['{"x-api-key":"abc","accept":"*/*"}', '{"x-api-key":"***","accept":"*/*"}'],
  ["{ authorization: 'Basic dXNlcjpw', host: 'a' }", "{ authorization: '***', host: 'a' }"],
  ["cookie: a=1; b=2\nhost: a", "cookie: ***\nhost: a"],
  ["sent Bearer eyJhbGciOi to the hub", "sent Bearer *** to the hub"],
  ["GET https://a/b?token=abc failed", "GET https://a/b?token=*** failed"],
  ["Basic auth is missing", "Basic auth is missing"],
];
test("redactText() removes credentials from messages", () => {
  for (const [text, redacted] of texts) assert.equal(redactText(text), redacted);
});

test("redactUrl() takes time in proportion to the URL, whatever it has", () => {
  // A search of each part for the name of a secret would take minutes.
  const url = `/?${"token".repeat(100_000)}`;
  assert.equal(redactUrl(url), url);
  assert.equal(redactUrl(`${url}=x`), `${url}=***`);
});
