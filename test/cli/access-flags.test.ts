/** The flags about who may call, and the exit code of those that cannot be used. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type AccessFlags, readAccessFlags } from "../../src/cli/access-flags.ts";
import { refusalCode, runCli } from "../support/cli.ts";

const refused: readonly (readonly [AccessFlags, RegExp])[] = [
  [{ rateLimit: "fast" }, /--rate-limit/],
  [{ rateBurst: 5 }, /--rate-burst without --rate-limit/],
  [{ corsOrigin: ["page.org"] }, /--cors-origin/],
  [{ apiKey: ["ada:sha256:12"] }, /--api-key/],
  [{ trustProxy: ["10.0.0.0/99"] }, /--trust-proxy/],
];
for (const [flags, message] of refused) {
  test(`${JSON.stringify(flags)} is a mistake in the flags`, () => {
    assert.throws(() => readAccessFlags(flags), { name: "UsageError", message });
  });
}

test("the command ends with the code of unknown flags", async () => {
  const ends = await Promise.all(
    [
      ["--rate-burst", "5"],
      ["--trust-proxy", "10.0.0.0/99"],
    ].map((flags) => runCli(["serve", "service.ts", ...flags])),
  );
  for (const { code, output } of ends) assert.equal(code, 2, output);
  assert.equal(refusalCode(ends[0]?.output ?? ""), 2);
});
