/** The service as its callers see it, without a port. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { app } from "ekiben";
import service from "./service.ts";

const server = app(service);
after(() => server.close());

test("predict reads the digit in a picture", async () => {
  const body = await readFile(new URL("./digits/digit-3-a.png", import.meta.url));
  const headers = { "content-type": "image/png" };
  const response = await server.request("/predict", { method: "POST", headers, body });
  assert.equal(response.status, 200);
  const { digit } = (await response.json()) as { readonly digit: number };
  assert.equal(digit, 3);
});

test("predict refuses what is not a picture", async () => {
  const headers = { "content-type": "image/png" };
  const response = await server.request("/predict", {
    method: "POST",
    headers,
    body: "no picture",
  });
  assert.equal(response.status, 400);
});
