/** The client over a Unix domain socket. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { app } from "ekiben";
import { client } from "ekiben/client";
import { example } from "./example-service.ts";

const host = app(example);
const folder = mkdtempSync(join(tmpdir(), "ekiben-socket-"));
const socket = join(folder, "example.sock");

const server = createServer(async (request, response) => {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = "GET", url = "/" } = request;
  const headers = new Headers(Object.entries(request.headers).map(([k, v]) => [k, String(v)]));
  const body = method === "GET" ? null : new Blob(chunks);
  const aborter = new AbortController();
  response.on("close", () => aborter.abort());
  const { signal } = aborter;
  const init = { method, headers, body, signal };
  const answer = await host.fetch(new Request(`http://localhost${url}`, init));
  response.writeHead(answer.status, [...answer.headers].flat());
  for await (const chunk of answer.body ?? []) response.write(chunk);
  response.end();
});

after(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

test("calls, streams, errors and cancellation over a socket", async () => {
  const calls = client<typeof example>({ socket });
  await assert.rejects(calls.text("", { retries: 0 }), { code: "unavailable" });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  assert.equal(await calls.text("Grüße"), "Grüße");
  const bytes = new Uint8Array(300_000).fill(7);
  assert.deepEqual(await (await calls.file(bytes)).bytes(), bytes);
  const letters: string[] = [];
  for await (const letter of calls.spell("abc")) letters.push(letter);
  assert.deepEqual(letters, ["a", "b", "c"]);
  await assert.rejects(calls.refuse("not_found"), { code: "not_found" });
  for await (const { n } of calls.counts(1e9)) if (n === 3) break;
  await assert.rejects(calls.hang("", { timeoutMs: 50 }), { code: "deadline_exceeded" });
});
