/** `ekiben dev`: a service whose files change, over HTTP and gRPC. */
import assert from "node:assert/strict";
import { connect } from "node:http2";
import { test } from "node:test";
import { startCli } from "../../support/cli.ts";
import { freshFetch } from "../../support/fresh-fetch.ts";
import { Project } from "../../support/project.ts";
import { until } from "../../support/until.ts";

const SERVICE = `
import { api, service, text } from "ekiben";
import { greeting } from "./lib/greeting.ts";

export default service("hello", {
  apis: {
    hello: api({ input: text(), output: text() }, async (name) => {
      if (name === "wait") {
        console.log("under way");
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
      if (name === "crash") process.kill(process.pid, "SIGKILL");
      return greeting + name;
    }),
  },
});
`;

const greeting = (word: string): string => `export const greeting: string = "${word} ";`;

/** The status and the message of a call over gRPC. */
async function grpcStatus(url: string): Promise<readonly unknown[]> {
  const session = connect(url.replace("grpc:", "http:"));
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": "/bentoml.grpc.v1.BentoService/Call",
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.end();
    const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
      stream.on("response", resolve);
      stream.on("error", reject);
      session.on("error", reject);
    });
    return [headers["grpc-status"], decodeURIComponent(String(headers["grpc-message"]))];
  } finally {
    session.destroy();
  }
}

test("ekiben dev serves each saved version, and says what is wrong with one", async () => {
  using project = new Project({
    "package.json": '{ "type": "module" }',
    "service.ts": SERVICE,
    "lib/greeting.ts": greeting("one"),
  });
  const ready = /^(?=[\s\S]*Ready in)[\s\S]*Serving \S+ on (http:\S+) and (grpc:\S+) with/;
  await using server = await startCli(["dev", project.folder], {}, ready);
  const grpcUrl = ready.exec(server.output)?.[2] ?? "";
  const call = (body: string): Promise<Response> =>
    freshFetch(`${server.url}/hello`, { method: "POST", body });
  const readies = (): number => server.output.split("Ready in").length - 1;
  assert.equal(await (await call("x")).text(), "one x");

  // A request under way ends in the old version. A new one waits for the new version.
  const underWay = call("wait");
  await until(() => /under way/.test(server.output));
  project.write("lib/greeting.ts", greeting("two"));
  await until(() => /greeting\.ts changed/.test(server.output));
  assert.equal(await (await call("x")).text(), "two x");
  assert.equal(await (await underWay).text(), "one wait");

  // A save that changes nothing is none.
  const before = readies();
  project.write("lib/greeting.ts", greeting("two"));

  project.write("lib/greeting.ts", "export const greeting = (;");
  await until(() => /Waiting for a change/.test(server.output));
  assert.equal(readies(), before);
  const refused = await call("x");
  assert.equal(refused.status, 503);
  const error = (await refused.json()) as Record<string, string>;
  assert.deepEqual(Object.keys(error), ["error", "code", "request_id"]);
  assert.equal(error["code"], "unavailable");
  assert.match(error["error"] ?? "", /greeting\.ts:1:\d+/);
  const page = await freshFetch(server.url, { headers: { accept: "text/html" } });
  assert.equal(page.status, 503);
  assert.match(await page.text(), /<h1>The service cannot be served[\s\S]*greeting\.ts:1:\d+/);
  const [status, message] = await grpcStatus(grpcUrl);
  assert.equal(status, "14");
  assert.match(String(message), /greeting\.ts:1:\d+/);

  project.write("lib/greeting.ts", greeting("three"));
  await until(() => readies() > before);
  assert.equal(await (await call("x")).text(), "three x");

  // A server that is killed is started again by itself.
  const crashed = await call("crash").catch(() => undefined);
  assert.notEqual(crashed?.status, 200);
  await until(() => /The server was ended by SIGKILL: starting again/.test(server.output));
  await until(() => readies() > before + 1);
  assert.equal(await (await call("x")).text(), "three x");

  server.kill("SIGINT");
  const { code } = await server.ended;
  assert.equal(code, 0);
  await assert.rejects(call("x"), "the port is closed");
});
