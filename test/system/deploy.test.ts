import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const checks: readonly (readonly [name: string, command: readonly string[]])[] = [
  [
    "prometheus.yml is valid",
    ["check", "config", "--lint-fatal", file("../../examples/deploy/prometheus.yml")],
  ],
  [
    "alerts.yml is valid",
    ["check", "rules", "--lint-fatal", file("../../examples/deploy/alerts.yml")],
  ],
  [
    "alerts.yml fires when something is wrong, and only then",
    ["test", "rules", file("fixtures/alerts.yml")],
  ],
];

for (const [name, command] of checks) {
  test(`examples/deploy/${name}`, () => {
    const { status, stdout, stderr } = spawnSync("promtool", command, { encoding: "utf8" });
    assert.equal(status, 0, `${stdout}${stderr}`);
  });
}
