import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../src/random.ts";
import {
  chooseVersion,
  newestFirst,
  resolveVersion,
  type VersionSettings,
  versionsServed,
} from "../../src/repository/versions.ts";
import { SEED } from "../support/random.ts";

test("newestFirst() orders versions by their numbers", () => {
  const versions = ["9", "10", "9007199254740993", "9007199254740992", "1"];
  assert.deepEqual(versions.toSorted(newestFirst), [
    "9007199254740993",
    "9007199254740992",
    "10",
    "9",
    "1",
  ]);
  assert.deepEqual(["beta", "2", "alpha"].toSorted(newestFirst), ["2", "beta", "alpha"]);
});

const ALL = ["1", "3", "2", "10"];

const served: readonly [string, VersionSettings, readonly string[]][] = [
  ["the newest by default", {}, ["10"]],
  ["the two newest", { versions: { kind: "latest", count: 2 } }, ["10", "3"]],
  ["as many as there are", { versions: { kind: "latest", count: 9 } }, ["10", "3", "2", "1"]],
  ["all", { versions: { kind: "all" } }, ["10", "3", "2", "1"]],
  ["specific ones", { versions: { kind: "specific", versions: ["1", "3"] } }, ["3", "1"]],
  ["those with labels, too", { labels: { stable: "2", canary: "10" } }, ["10", "2"]],
  [
    "a canary, too",
    { versions: { kind: "specific", versions: ["1"] }, canary: { version: "3", share: 0.1 } },
    ["3", "1"],
  ],
  [
    "a canary by its label",
    { labels: { next: "3" }, canary: { version: "next", share: 0.1 } },
    ["10", "3"],
  ],
];

for (const [what, settings, versions] of served) {
  test(`versionsServed() returns ${what}`, () => {
    assert.deepEqual(versionsServed(settings, ALL), versions);
  });
}

const unknown: readonly [VersionSettings, RegExp][] = [
  [
    { versions: { kind: "specific", versions: ["4"] } },
    /^Version 4 is to be served, but there is no version 4: there is 10, 3, 2, 1$/,
  ],
  [{ labels: { stable: "5" } }, /^The label "stable" is for version 5, but there is no version 5/],
  [{ canary: { version: "next", share: 0.5 } }, /^The canary is version next, but there is no/],
];

test("versionsServed() refuses versions that do not exist", () => {
  for (const [settings, message] of unknown) {
    assert.throws(() => versionsServed(settings, ALL), { message });
  }
});

test("resolveVersion() returns the version of a label, and versions unchanged", () => {
  const labels = { stable: "2" };
  assert.equal(resolveVersion(labels, "stable"), "2");
  assert.equal(resolveVersion(labels, "3"), "3");
  assert.equal(resolveVersion(labels, "toString"), "toString");
  assert.equal(resolveVersion(undefined, "stable"), "stable");
});

const never = (): number => assert.fail("no random number is wanted");

test("chooseVersion() returns stable, or the newest", () => {
  const by = { random: never };
  assert.equal(chooseVersion({}, ["3", "2"], by), "3");
  assert.equal(chooseVersion({ labels: { stable: "2" } }, ["3", "2"], by), "2");
  assert.equal(chooseVersion({ labels: { stable: "2" } }, ["3"], by), "3");
  assert.equal(chooseVersion({}, [], by), undefined);
});

test("chooseVersion() sends a share of the calls to the canary", () => {
  const settings = { canary: { version: "3", share: 0.2 } };
  const random = seededRandom(SEED);
  const calls = 5_000;
  let canaries = 0;
  for (let call = 0; call < calls; call++) {
    const version = chooseVersion(settings, ["3", "2"], { random });
    if (version === "3") canaries++;
    else assert.equal(version, "2");
  }
  assert.ok(Math.abs(canaries / calls - 0.2) < 0.03, `seed ${SEED}: ${canaries} of ${calls}`);
});

test("chooseVersion() keeps a caller on one side", () => {
  const settings = { labels: { canary: "3" }, canary: { version: "canary", share: 0.3 } };
  const choose = (caller: string) => chooseVersion(settings, ["3", "2"], { caller, random: never });
  const callers = Array.from({ length: 5_000 }, (_, at) => `team-${at}`);
  const first = callers.map(choose);
  assert.deepEqual(callers.map(choose), first);
  const share = first.filter((each) => each === "3").length / callers.length;
  assert.ok(Math.abs(share - 0.3) < 0.03, `${share} of the callers`);
  // A larger share takes more callers, and none back.
  const more = { ...settings, canary: { version: "canary", share: 0.6 } };
  for (const [at, caller] of callers.entries()) {
    if (first[at] !== "3") continue;
    assert.equal(chooseVersion(more, ["3", "2"], { caller, random: never }), "3");
  }
});

test("chooseVersion() sends no call to a canary that is not served, or whose share is 0", () => {
  const by = { random: () => 0 };
  assert.equal(chooseVersion({ canary: { version: "4", share: 1 } }, ["3", "2"], by), "3");
  assert.equal(chooseVersion({ canary: { version: "3", share: 0 } }, ["3", "2"], by), "2");
  assert.equal(chooseVersion({ canary: { version: "3", share: 1 } }, ["3"], by), "3");
});
