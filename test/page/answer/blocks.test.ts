import assert from "node:assert/strict";
import { test } from "node:test";
import { type Block, blocksOf, type Score } from "../../../src/page/answer/blocks.ts";
import { inferBlocks } from "../../../src/page/answer/infer-blocks.ts";
import { csvRows } from "../../../src/page/answer/table.ts";

const scoresText = (scores: readonly Score[]): string =>
  scores.map(({ label, score }) => `${label}=${score}`).join(" ");

const short = (block: Block): string => {
  switch (block.kind) {
    case "facts":
      return `facts ${block.facts.map((pair) => pair.join("=")).join(" ")}`;
    case "scores":
      return `scores ${block.title}: ${scoresText(block.scores)}`;
    case "table":
      return `table ${block.title}: ${block.columns.join()} × ${block.rows.length}`;
    case "text":
      return `text ${block.title}: ${block.text.length}`;
    default:
      return `tree ${block.title}: ${JSON.stringify(block.value)}`;
  }
};

const CASES: readonly (readonly [unknown, readonly string[]])[] = [
  [{ digit: 3, scores: [0.1, 0.9] }, ["facts digit=3", "scores scores: 0=0.1 1=0.9"]],
  [[0.25, 0.75], ["scores : 0=0.25 1=0.75"]],
  [[[0.25, 0.75]], ["scores : 0=0.25 1=0.75"]],
  [
    [
      [0.5, 0.5],
      [0.1, 0.9],
    ],
    ["scores 0: 0=0.5 1=0.5", "scores 1: 0=0.1 1=0.9"],
  ],
  [{ logits: [-3, 8] }, ["scores logits: 0=-3 1=8"]],
  [{ cat: 0.9, dog: 0.1 }, ["scores : cat=0.9 dog=0.1"]],
  [[{ label: "cat", score: 0.9 }], ["scores : cat=0.9"]],
  [{ top: [{ class: "cat", probability: 2 }] }, ["scores top: cat=2"]],
  [{ labels: ["a", "b"], scores: [0.4, 0.6] }, ["scores scores: a=0.4 b=0.6"]],
  [
    { labels: ["a", "b", "c"], scores: [0.4, 0.6] },
    ["scores scores: 0=0.4 1=0.6", 'tree labels: ["a","b","c"]'],
  ],
  // Numbers that are no scores.
  [[1, 2, 3], ["tree : [1,2,3]"]],
  [[1, 0, 0], ["tree : [1,0,0]"]],
  [
    [
      [1, 2],
      [3, 4],
    ],
    ["table : 0,1 × 2"],
  ],
  [{ x: 1.5, y: 2 }, ["facts x=1.5 y=2"]],
  [
    [
      { a: 1, b: "x" },
      { a: 2, c: null },
    ],
    ["table : a,b,c × 2"],
  ],
  [{ rows: [{ a: 1 }], n: 1 }, ["facts n=1", "table rows: a × 1"]],
  [{ a: { b: 1 } }, ['tree : {"a":{"b":1}}']],
  [{ ok: true, a: { b: 1 } }, ["facts ok=true", 'tree a: {"b":1}']],
  ["hello", ["text : 5"]],
  [null, ["facts answer=null"]],
  [7, ["facts answer=7"]],
  [[], ["tree : []"]],
  [{}, ["tree : {}"]],
  [{ long: "x".repeat(200), n: 1 }, ["facts n=1", "text long: 200"]],
];

for (const [value, blocks] of CASES) {
  test(`blocksOf(${JSON.stringify(value)?.slice(0, 60)})`, () => {
    assert.deepEqual(blocksOf(value).map(short), blocks);
  });
}

test("blocksOf() does not make a bar of each of many numbers", () => {
  const many = Array.from({ length: 5000 }, () => 1 / 5000);
  assert.equal(blocksOf(many)[0]?.kind, "tree");
});

test("inferBlocks() has the probabilities first", () => {
  const outputs = [
    { name: "boxes", datatype: "FP32", shape: [2, 4], data: [1, 2, 3, 4, 5, 6, 7, 8] },
    { name: "logits", datatype: "FP32", shape: [1, 2], data: [-1, 4] },
    { name: "probabilities", datatype: "FP32", shape: [1, 2], data: [0.1, 0.9] },
    { name: "label", datatype: "BYTES", shape: [1], data: ["cat"] },
  ];
  const shown = inferBlocks({ outputs }).map(short);
  assert.match(shown[0] ?? "", /^scores probabilities: 0=0.1 1=0.9/);
  assert.match(shown[1] ?? "", /^scores logits: 0=-1 1=4/);
  assert.match(shown[2] ?? "", /^table boxes · FP32 \[2, 4\]: 0,1,2,3 × 2/);
  assert.match(shown[3] ?? "", /^tree label · BYTES \[1\]: \["cat"\]/);
});

test("csvRows() reads quotes, and line ends of both kinds", () => {
  assert.deepEqual(csvRows('a,b\r\n"x ""y""","1,2"\n,\n"two\nlines",z'), [
    ["a", "b"],
    ['x "y"', "1,2"],
    ["", ""],
    ["two\nlines", "z"],
  ]);
  assert.deepEqual(csvRows(""), []);
});
