import assert from "node:assert/strict";
import { test } from "node:test";
import { devCommand, serveCommand, serveHttpCommand } from "../../src/cli/serve.ts";
import { serveGrpcCommand } from "../../src/cli/serve-grpc.ts";

for (const command of [devCommand, serveCommand, serveHttpCommand, serveGrpcCommand]) {
  test(`ekiben ${command.name()} --help has each flag in a group, the ports first`, () => {
    const help = command.helpInformation();
    const [first, ...others] = [...help.matchAll(/^(\w[^:\n]*):$/gm)].map(([, heading]) => heading);
    assert.equal(first, "Arguments");
    assert.equal(others[0], "Where it listens");
    assert.ok(!others.includes("Options"), "a flag is in no group");
    const lost = command.options.filter(({ hidden, flags }) => !hidden && !help.includes(flags));
    assert.deepEqual(lost, []);
  });
}
