/** A rolling restart behind Debian's HAProxy with its defaults: no call may be lost. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../project/checkout.ts";
import { environment } from "../project/environment.ts";
import { blocksIn } from "../project/page.ts";
import { eventually, type Started, start } from "../project/process.ts";
import { type Running, startCli } from "../support/cli.ts";
import { freePorts } from "../support/free-ports.ts";
import { binaries, root } from "../support/runtimes.ts";
import { grpcSender, httpSender, load, type Outcomes } from "./load.ts";
import { RUNTIMES } from "./scene.ts";

const slow = fileURLToPath(new URL("test/cli/fixtures/slow.ts", root));

/** Calls over each of the two protocols, at least. */
const CALLS = Number(process.env["ROLLING_CALLS"] ?? 2000);
/** The calls at the same time, over each of them. */
const LINES = 6;
/** The time in which HAProxy must have noticed a stop: the longest lead of a server. */
const LEAD_MS = 8000;
/** The number of tries on a machine that is too slow for that. */
const TRIES = 3;

/** The ports of one server. */
interface Ports {
  readonly http: number;
  readonly grpc: number;
}

/** The defaults of Debian's own file, two servers, and nothing but what they need to be checked. */
function settings(at: Ports, servers: readonly Ports[]): string {
  const lines = (line: (ports: Ports, name: string) => string): string =>
    servers.map((ports, index) => `  server ${line(ports, `s${index}`)}`).join("\n");
  return `
global
  log stdout format raw local0
defaults
  log global
  mode http
  timeout connect 5000
  timeout client 50000
  timeout server 50000
listen http
  bind 127.0.0.1:${at.http}
  option httpchk GET /readyz
${lines(({ http }, name) => `${name} 127.0.0.1:${http} check`)}
listen grpc
  bind 127.0.0.1:${at.grpc} proto h2
  option httpchk GET /readyz
${lines(
  ({ http, grpc }, name) => `${name} 127.0.0.1:${grpc} proto h2 check port ${http} check-proto h1`,
)}
`;
}

test("docs/deployment.md shows the settings that are tried here", () => {
  const shown = blocksIn("docs/deployment.md").find(({ language }) => language === "haproxy");
  const own = { http: 3000, grpc: 3001 };
  const tried = settings({ http: 80, grpc: 81 }, [own, own])
    .replace(/^.*?(?=listen http)/s, "")
    .replace(/bind 127.0.0.1/g, "bind ")
    .replace(/server s0 127.0.0.1/g, "server a 10.0.0.1")
    .replace(/server s1 127.0.0.1/g, "server b 10.0.0.2");
  assert.equal(`${shown?.lines.join("\n")}\n`, tried);
});

/**
 * Stops a server, starts another in its place, and waits until HAProxy has seen both.
 *
 * @param onSlow called if HAProxy notices the stop too late, or loses the server that is at work
 */
async function restart(
  { haproxy, name }: { readonly haproxy: Started; readonly name: string },
  old: Running,
  again: () => Promise<Running>,
  onSlow: () => void,
): Promise<Running> {
  const before = haproxy.output.length;
  const seen = (backend: string, state: string): boolean =>
    haproxy.output.slice(before).includes(`Server ${backend}/${name} is ${state}`);
  const stoppedAt = performance.now();
  old.kill("SIGTERM");
  for (const backend of ["http", "grpc"]) {
    await eventually(`${backend}/${name} to be down`, () => seen(backend, "DOWN"));
  }
  if (performance.now() - stoppedAt > LEAD_MS) onSlow();
  const { code, output } = await old.ended;
  assert.equal(code, 0, output);
  const server = await again();
  for (const backend of ["http", "grpc"]) {
    await eventually(`${backend}/${name} to be up again`, () => seen(backend, "UP"));
  }
  const others = new RegExp(`Server \\w+/(?!${name} )\\w+ is DOWN`);
  if (others.test(haproxy.output.slice(before))) onSlow();
  return server;
}

/** What became of calls during a rolling restart. */
interface Rolled {
  readonly outcomes: readonly Outcomes[];
  /** False if the machine was too slow: a stop was noticed too late, or a server at work lost. */
  readonly wasInTime: boolean;
}

/** Restarts two servers, one after the other, during calls. */
async function rolling(runtime: (typeof RUNTIMES)[number]): Promise<Rolled> {
  const program = { ...binaries(), bun: process.execPath }[runtime];
  const [http = 0, grpc = 0, http0 = 0, grpc0 = 0, http1 = 0, grpc1 = 0] = await freePorts(6);
  const ports: readonly [Ports, Ports] = [
    { http: http0, grpc: grpc0 },
    { http: http1, grpc: grpc1 },
  ];
  await using cleanUp = new AsyncDisposableStack();
  const serve = async (at: Ports): Promise<Running> => {
    const args = ["serve", slow, "--grpc-port", String(at.grpc)];
    // The default lead: the one that a server without a terminal has.
    const options = { program, port: at.http, env: { EKIBEN_DRAIN_LEAD: undefined } };
    return cleanUp.use(await startCli(args, options));
  };
  const servers: [Running, Running] = [await serve(ports[0]), await serve(ports[1])];
  const folder = cleanUp.use(temporaryFolder());
  const file = join(folder.path, "haproxy.cfg");
  writeFileSync(file, settings({ http, grpc }, ports));
  const place = { cwd: folder.path, env: environment() };
  const haproxy = cleanUp.use(start(["/usr/sbin/haproxy", "-db", "-f", file], place));
  const send = httpSender(http);
  await eventually("HAProxy to listen", async () => (await send()) === undefined);
  using call = grpcSender(grpc);
  const stop = new AbortController();
  const terms = { signal: stop.signal, least: CALLS };
  const loads = Promise.all([load(send, LINES, terms), load(call, LINES, terms)]);
  let wasInTime = true;
  try {
    for (const at of [0, 1] as const) {
      const again = () => serve(ports[at]);
      servers[at] = await restart({ haproxy, name: `s${at}` }, servers[at], again, () => {
        wasInTime = false;
      });
    }
  } finally {
    stop.abort();
  }
  return { outcomes: await loads, wasInTime };
}

for (const runtime of RUNTIMES) {
  test(`A rolling restart of two servers on ${runtime} behind HAProxy loses no call`, async () => {
    let rolled = await rolling(runtime);
    for (let tries = 1; tries < TRIES && !rolled.wasInTime; tries++) {
      rolled = await rolling(runtime);
    }
    for (const { calls, failures } of rolled.outcomes) {
      assert.deepEqual([...failures], []);
      assert.ok(calls >= CALLS);
    }
  });
}
