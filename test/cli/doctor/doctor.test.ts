/** `ekiben doctor` as a process, on this runtime. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import process from "node:process";
import { test } from "node:test";
import type { Finding } from "../../../src/cli/doctor/finding.ts";
import { runCli } from "../../support/cli.ts";
import { Project } from "../../support/project.ts";

const SERVICE = `import { api, service, text } from "ekiben";
console.log("a line of its own");
setInterval(() => {}, 1000);
export default service("hello", {
  apis: { hi: api({ input: text(), output: text() }, async (name) => name) },
});`;

interface Report {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

test("ekiben doctor loads a service, and names what is wrong", async () => {
  using project = new Project({
    "package.json": '{ "type": "module" }',
    "service.ts": SERVICE,
    "crash.ts": 'process.kill(process.pid, "SIGKILL");\nexport default 1;',
  });
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as { readonly port: number };
  try {
    const ports = ["--host", "127.0.0.1", "--port"];
    const [well, ill] = await Promise.all([
      runCli(["doctor", project.folder, ...ports, "0", "--json"]),
      runCli(["doctor", project.path("crash.ts"), ...ports, `${port}`, "--no-grpc"]),
    ]);
    assert.equal(well.code, 0, well.output);
    const { ok, findings } = JSON.parse(well.stdout) as Report;
    assert.equal(ok, true);
    const textOf = (name: string): string | undefined =>
      findings.find(({ check }) => check === name)?.text;
    assert.match(textOf("runtime") ?? "", /^(Bun|Deno|Node) \d/);
    assert.match(textOf("wasm") ?? "", /^onnxruntime-web 1\./);
    assert.match(textOf("native") ?? "", /^onnxruntime-node 1\./);
    assert.equal(textOf("backend"), "models run on native");
    assert.equal(textOf("target"), "service hello with 1 API (hi) and 0 runners");

    assert.equal(ill.code, 1, ill.output);
    assert.match(
      ill.output,
      /^problem +target +cannot be loaded: its process was ended by SIGKILL/m,
    );
    const by = process.platform === "linux" ? ` by \\S.* \\(process ${process.pid}\\)` : "";
    const used = `Cannot listen on 127.0.0.1:${port}: the port is in use${by}`;
    assert.match(ill.output, new RegExp(`^problem +port ${port} +${used}`, "m"));
    assert.match(ill.output, /\nServing would fail: 2 problems\n$/);
  } finally {
    taken.close();
  }
});
