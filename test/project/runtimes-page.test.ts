import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { featureTable, reasonTable } from "../runtime/cases/table.ts";
import { ROWS } from "../runtime/cases.ts";
import { root } from "../support/runtimes.ts";

test("docs/runtimes.md has the tables of the cases that every place passes", () => {
  const page = readFileSync(new URL("docs/runtimes.md", root), "utf8");
  const tables = [...page.matchAll(/(?:^\|.*\n)+/gm)].map(([lines]) => lines.trim().split("\n"));
  assert.deepEqual(tables.slice(0, 2), [featureTable(ROWS), reasonTable(ROWS)]);
});

test("the rows of the cases have names of their own, and cases", () => {
  const names = ROWS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, cases } of ROWS) {
    assert.ok(cases.length > 0, `${name} has no cases`);
    const own = cases.map((each) => each.name);
    assert.equal(new Set(own).size, own.length, `two cases of ${name} have one name`);
  }
});
