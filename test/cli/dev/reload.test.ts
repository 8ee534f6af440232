/** `--reload` of the commands for one protocol, `--one-port` of `ekiben dev`, and `--open`. */
import assert from "node:assert/strict";
import { chmodSync, readFileSync } from "node:fs";
import { connect } from "node:http2";
import process from "node:process";
import { test } from "node:test";
import { logged, type Running, startCli } from "../../support/cli.ts";
import { freshFetch } from "../../support/fresh-fetch.ts";
import { Project } from "../../support/project.ts";
import { until } from "../../support/until.ts";

/** A service that answers the value of an expression. */
const serviceOf = (expression: string): string => `import { api, service, text } from "ekiben";
export default service("hello", {
  apis: { hello: api({ input: text(), output: text() }, async () => ${expression}) },
});`;

/** A program that opens URLs: it writes them down. */
const OPENER = '#!/bin/sh\necho "$1" >> "$OPENED"\n';

/** A project with the service, and an opener by the names that systems have for it. */
function project(): Project {
  const manifest = '{ "type": "module" }';
  const openers = { "bin/xdg-open": OPENER, "bin/open": OPENER, opened: "" };
  const service = serviceOf('"one"');
  const made = new Project({ "package.json": manifest, "service.ts": service, ...openers });
  for (const name of ["xdg-open", "open"]) chmodSync(made.path(`bin/${name}`), 0o755);
  return made;
}

/** The answer of the service over HTTP. */
async function answerOf(url: string): Promise<string> {
  const response = await freshFetch(`${url}/hello`, { method: "POST", body: "x" });
  return await response.text();
}

/** The status of a health check over gRPC. */
async function healthOf(url: string, authority = "localhost"): Promise<string> {
  const session = connect(url.replace(/^grpc:/, "http:"));
  try {
    return await new Promise<string>((resolve, reject) => {
      session.on("error", reject);
      const stream = session.request({
        ":method": "POST",
        ":authority": authority,
        ":path": "/grpc.health.v1.Health/Check",
        "content-type": "application/grpc",
        te: "trailers",
      });
      const see = (headers: Record<string, unknown>): void => {
        if (headers["grpc-status"] !== undefined) resolve(String(headers["grpc-status"]));
      };
      stream.on("response", see).on("trailers", see).on("error", reject).resume();
      stream.end(Buffer.alloc(5)); // an empty message
    });
  } finally {
    session.destroy();
  }
}

/** The number of versions that have been ready. */
const readies = ({ output }: Running): number => output.split("Ready in").length - 1;

test("ekiben serve-http --reload --open serves what was saved, and opens it once", async () => {
  using files = project();
  const PATH = `${files.path("bin")}:${process.env["PATH"]}`;
  const env = { PATH, BROWSER: undefined, OPENED: files.path("opened") };
  const args = ["serve-http", files.path("service.ts"), "--reload", "--open"];
  const ready = /^(?=[\s\S]*Ready in)[\s\S]*Serving \S+ on (http:\S+) with/;
  await using server = await startCli(args, { env }, ready);
  assert.equal(await answerOf(server.url), "one");
  await logged(server, /Programs on this machine may call, without an API key/);
  const opened = (): string => readFileSync(files.path("opened"), "utf8");
  await until(() => opened() !== "");
  files.write("service.ts", serviceOf('"two"'));
  await until(() => readies(server) > 1);
  assert.equal(await answerOf(server.url), "two");
  assert.equal(opened(), `${server.url}\n`);
});

test("ekiben serve-grpc --reload says over gRPC that a version cannot be served", async () => {
  using files = project();
  const args = ["serve-grpc", files.path("service.ts"), "--reload", "--metrics-port", "0"];
  const ready = /^(?=[\s\S]*Ready in)[\s\S]*Serving \S+ on (grpc:\S+)/;
  await using server = await startCli(args, {}, ready);
  assert.equal(await healthOf(server.url), "0");
  files.write("service.ts", serviceOf("("));
  await until(() => /Waiting for a change/.test(server.output));
  assert.equal(await healthOf(server.url), "14");
  files.write("service.ts", serviceOf('"two"'));
  await until(() => readies(server) > 1);
  assert.equal(await healthOf(server.url), "0");
});

test("ekiben dev --one-port --host 0.0.0.0 serves other machines over both protocols", async () => {
  using files = project();
  const args = ["dev", files.path("service.ts"), "--one-port"];
  const ready = /^(?=[\s\S]*Ready in)[\s\S]*Serving \S+ on (http:\S+) /;
  await using server = await startCli(args, { host: "0.0.0.0" }, ready);
  assert.equal(await answerOf(server.url), "one");
  assert.equal(await healthOf(server.url), "0");
  // A server for this machine alone refuses the names of others.
  await logged(server, /Whoever reaches this machine may call, without an API key/);
  assert.equal(await healthOf(server.url, "models.example.com"), "0");
});
