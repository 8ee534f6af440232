import { callApi } from "../../src/rpc/call-api.ts";
import { rpcServer } from "../../src/rpc/rpc-server.ts";
import { service } from "../../src/service/service.ts";
import { openContext, orAborted } from "../../src/service/context.ts";
import { systemClock } from "../../src/host.ts";
import { api } from "../../src/service/api.ts";
import { file } from "../../src/io/file.ts";
import { create } from "@bufbuild/protobuf";
import { createHandlerContext } from "@connectrpc/connect";
import { BentoService, RequestSchema, ResponseSchema } from "../../src/rpc/gen/bentoml/grpc/v1/service_pb.ts";
const echo = service("x", { apis: { echo: api({ input: file(), output: file() }, (b) => b) } });
const server = rpcServer(echo, {});
const req = create(RequestSchema, { apiName: "echo", content: { case: "serializedBytes", value: new Uint8Array(3000).fill(7) } });
async function run(name: string, f: () => any) {
  for (let i = 0; i < 5000; i++) await f();
  let best = Infinity;
  for (let r = 0; r < 5; r++) { const t = process.cpuUsage(); const n = 10000; 
  for (let i = 0; i < n; i++) await f();
  const u = process.cpuUsage(t); best = Math.min(best, (u.user+u.system) / n); }
  console.log(name, best.toFixed(2), "us");
}
const sig = new AbortController().signal;
const reason = new Error("x");
const ctx = () => createHandlerContext({ service: BentoService, method: BentoService.method.call, protocolName: "grpc", requestMethod: "POST", url: "http://x", requestSignal: sig, requestHeader: {} });
await run("nothing", async () => {});
await run("handlerContext", async () => { const c = ctx(); c.abort(reason); });
await run("handlerContext+callApi", async () => { const c = ctx(); await callApi(server, { apiName: "echo", content: () => req.content }, c); c.abort(reason); });
await run("openContext", async () => { const c = openContext({ requestId: "x", headers: new Headers(), query: new URLSearchParams(), disconnected: sig, timeoutMs: 60000, clock: systemClock }); c[Symbol.dispose](); });
const h = new Headers();
const cc = openContext({ requestId: "x", headers: h, query: new URLSearchParams(), disconnected: sig, timeoutMs: 60000, clock: systemClock });
await run("orAborted", async () => { await orAborted(Promise.resolve(1), cc.signal); });
await run("service.call", async () => { await echo.call("echo", {bytes: new Uint8Array(1)}, cc); });
await run("begin/end", async () => { server.requests.begin("echo")(200); });
await run("uuid", async () => { crypto.randomUUID(); });
await run("URLSearchParams", async () => { new URLSearchParams(); });
await run("Headers", async () => { new Headers(); });
await run("Headers get set", async () => { h.get("x-request-id"); h.set("x-request-id", "abc"); });
await run("response create", async () => { create(ResponseSchema, {content: {case: "file", value: {kind: "a", content: new Uint8Array(10)}}}); });
process.exit(0)
