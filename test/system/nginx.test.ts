/** Servers behind Debian's nginx, with connections that are kept. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../project/checkout.ts";
import { environment } from "../project/environment.ts";
import { eventually, start } from "../project/process.ts";
import { startCli } from "../support/cli.ts";
import { freePorts } from "../support/free-ports.ts";
import { binaries, root } from "../support/runtimes.ts";
import { grpcSender, httpSender, load } from "./load.ts";
import { RUNTIMES } from "./scene.ts";

const slow = fileURLToPath(new URL("test/cli/fixtures/slow.ts", root));

const CALLS = 500;

interface Ports {
  readonly http: number;
  readonly grpc: number;
}

function settings(folder: string, at: Ports, server: Ports): string {
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join("\n  ");
  return `
daemon off;
pid ${folder}/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  ${paths}
  upstream http { server 127.0.0.1:${server.http}; keepalive 8; }
  upstream grpc { server 127.0.0.1:${server.grpc}; keepalive 8; }
  server {
    listen 127.0.0.1:${at.http};
    location / {
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass http://http;
    }
  }
  server {
    listen 127.0.0.1:${at.grpc} http2;
    location / { grpc_pass grpc://grpc; }
  }
}
`;
}

for (const runtime of RUNTIMES) {
  for (const ports of ["two ports", "one port"] as const) {
    test(`nginx keeps its connections to a server on ${runtime} with ${ports}`, async () => {
      const program = { ...binaries(), bun: process.execPath }[runtime];
      const [http = 0, grpc = 0, own = 0, ownGrpc = 0] = await freePorts(4);
      await using cleanUp = new AsyncDisposableStack();
      const flags = ports === "one port" ? ["--one-port"] : ["--grpc-port", String(ownGrpc)];
      cleanUp.use(await startCli(["serve", slow, ...flags], { program, port: own }));
      const folder = cleanUp.use(temporaryFolder());
      const file = join(folder.path, "nginx.conf");
      const server = { http: own, grpc: ports === "one port" ? own : ownGrpc };
      writeFileSync(file, settings(folder.path, { http, grpc }, server));
      const place = { cwd: folder.path, env: environment() };
      const args = ["-c", file, "-e", "stderr", "-p", folder.path];
      const nginx = cleanUp.use(start(["/usr/sbin/nginx", ...args], place));
      const send = httpSender(http);
      await eventually("nginx to listen", async () => (await send()) === undefined);
      using call = grpcSender(grpc);
      const terms = { signal: AbortSignal.abort(), least: CALLS };
      for (const { calls, failures } of await Promise.all([
        load(send, 4, terms),
        load(call, 4, terms),
      ])) {
        assert.deepEqual([...failures], [], nginx.output);
        assert.ok(calls >= CALLS);
      }
    });
  }
}
