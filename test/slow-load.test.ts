import assert from "node:assert/strict";
import { test } from "node:test";
import { host } from "../src/host/server.ts";
import { LoadGate } from "../src/repository/load-gate.ts";
import { ModelVersions } from "../src/repository/model-versions.ts";
import type { RunningVersion } from "../src/repository/served-set.ts";
import { service } from "../src/service/service.ts";
import { SLOW_LOAD_MS } from "../src/slow-load.ts";
import { recorder } from "./service/recorder.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { silenced } from "./support/silenced.ts";

interface Slow {
  readonly clock: FakeClock;
  /** The load under test, of which the real part is `pending`. */
  readonly pending: Promise<void>;
}

/** The loads that are reported, by the subjects of the sentences. */
const LOADS: readonly [what: string, load: (slow: Slow) => Promise<unknown>][] = [
  [
    "Runner big",
    ({ clock, pending }) => {
      const slow = { ...recorder("big", []), start: () => pending };
      return service("slow", { apis: {}, runners: [slow] }).start({ ...host, clock });
    },
  ],
  [
    "Model big:3",
    ({ clock, pending }) => {
      const version = { version: "3", start: () => pending, close: async () => {} };
      const versions = new ModelVersions("big", {
        ...{ clock, gate: new LoadGate(1), metrics: undefined, drainMs: 0, idle() {} },
        open: () => version as unknown as RunningVersion,
      });
      const found = { version: "3", url: new URL("file:///big.onnx"), stamp: "1" };
      const model = { name: "big", settings: {}, versions: [found] };
      return versions.switchTo({ model, served: [{ found, fingerprint: "1" }] });
    },
  ],
];

for (const [what, load] of LOADS) {
  test(`${what} is logged while it loads, if that takes long`, async () => {
    for (const [ms, end] of [
      [SLOW_LOAD_MS - 1, "loaded"],
      [7000, "loaded"],
      [7000, "broken"],
    ] as const) {
      using log = silenced();
      const clock = new FakeClock();
      const { promise: pending, resolve, reject } = Promise.withResolvers<void>();
      const loading = load({ clock, pending });
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      clock.advance(ms);
      const text = (): string => log.text.replaceAll(/['"]/g, ""); // those around values
      const isSlow = ms >= SLOW_LOAD_MS;
      assert.equal(text().includes(`${what} is still loading`), isSlow, text());
      assert.ok(!text().includes("has been loaded"), text());
      if (end === "broken") reject(new Error("broken"));
      else resolve();
      await (end === "broken" ? assert.rejects(loading, /broken/) : loading);
      const isReported = text().includes(`${what} has been loaded in 7 s`);
      assert.equal(isReported, isSlow && end === "loaded", text());
      assert.equal(clock.pending, 0);
    }
  });
}
