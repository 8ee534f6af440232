import assert from "node:assert/strict";
import { test } from "node:test";
import { drawOutlines, type OutlineOptions, type Picture, type Point } from "ekiben";

function blank(width: number, height: number, channels: Picture["channels"] = 1): Picture {
  return { width, height, channels, data: new Uint8Array(width * height * channels) };
}

/** The rows of a grey picture, with # for what was drawn. */
function shown({ width, height, data }: Picture): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from(data.subarray(y * width, (y + 1) * width), (level) => (level ? "#" : ".")).join(""),
  );
}

const RECTANGLE: readonly Point[] = [
  [1.5, 1.5],
  [6.5, 1.5],
  [6.5, 4.5],
  [1.5, 4.5],
];

test("drawOutlines() draws lines of a width through the centres of pixels", () => {
  const picture = blank(9, 7);
  assert.deepEqual(shown(drawOutlines(picture, [RECTANGLE], { color: 255, lineWidth: 1 })), [
    ".........",
    ".######..",
    ".#....#..",
    ".#....#..",
    ".######..",
    ".........",
    ".........",
  ]);
  assert.ok(
    picture.data.every((level) => level === 0),
    "the picture itself is unchanged",
  );
  const diagonal: readonly Point[] = [
    [0.5, 0.5],
    [6.5, 6.5],
  ];
  assert.deepEqual(shown(drawOutlines(picture, [diagonal], { color: 9, lineWidth: 1.3 })), [
    "#........",
    ".#.......",
    "..#......",
    "...#.....",
    "....#....",
    ".....#...",
    "......#..",
  ]);
});

test("drawOutlines() fills exactly the pixels whose centres are near a line", () => {
  const lines: readonly (readonly [Point, Point])[] = [
    [
      [3.2, 2.1],
      [25.7, 14.9],
    ],
    [
      [20, 1],
      [18, 19],
    ],
    [
      [10, 10],
      [10, 10],
    ],
    [
      [-30, 5],
      [50, 12],
    ],
    [
      [4, 40],
      [4, -7],
    ],
  ];
  for (const line of lines) {
    for (const lineWidth of [1, 2.5, 7]) {
      const found = drawOutlines(blank(30, 20), [line], { color: 1, lineWidth });
      const wanted = found.data.map((_, at) =>
        Number(apart([(at % 30) + 0.5, Math.floor(at / 30) + 0.5], line) <= lineWidth / 2),
      );
      assert.deepEqual(found.data, wanted, `${JSON.stringify(line)} ${lineWidth}`);
    }
  }
});

/** The distance of a point from a line between two points. */
function apart([x, y]: Point, [from, to]: readonly [Point, Point]): number {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const along = ((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy || 1);
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(x - from[0] - share * dx, y - from[1] - share * dy);
}

test("drawOutlines() takes a colour for each channel; black is opaque", () => {
  const inside: readonly Point[] = [
    [0.5, 0.5],
    [1.5, 0.5],
  ];
  const drawn = drawOutlines(blank(2, 1, 3), [inside], { color: [1, 2, 3] });
  assert.deepEqual([...drawn.data], [1, 2, 3, 1, 2, 3]);
  const black = drawOutlines(blank(2, 1, 4), [inside]);
  assert.deepEqual([...black.data], [0, 0, 0, 255, 0, 0, 0, 255]);
  const white: Picture = { ...blank(2, 1), data: Uint8Array.of(255, 255) };
  assert.deepEqual([...drawOutlines(white, [inside]).data], [0, 0]);
  assert.deepEqual([...drawOutlines(white, []).data], [255, 255]);
});

test("drawOutlines() is bounded by the picture, however far a polygon reaches", () => {
  const far: readonly Point[] = [
    [-1e12, -1e12],
    [1e12, 1e12],
    [1e12, -1e12],
  ];
  const drawn = drawOutlines(blank(64, 64), [far], { color: 255, lineWidth: 1.3 });
  assert.equal(drawn.data.filter((level) => level === 255).length, 64);
});

test("drawOutlines() refuses what it cannot draw", () => {
  const picture = blank(4, 4, 3);
  const refused: readonly [unknown, OutlineOptions, RegExp][] = [
    [undefined, {}, /polygons of drawOutlines\(\) must be an array, but were undefined/],
    [[[[1, 1]]], {}, /at least 2 points \[x, y\], but had 1/],
    [[RECTANGLE, "x"], {}, /A polygon .* but was "x"/],
    [[[...RECTANGLE, [1, Number.POSITIVE_INFINITY]]], {}, /finite/],
    [[], { lineWidth: 0 }, /lineWidth .* from 1, but was 0/],
    [[], { color: [1, 2] }, /color of drawOutlines\(\) .* 3 for mode RGB, but had 2/],
    [[], { color: 300 }, /from 0 to 255, but was 300/],
    [[], { colour: 3 } as OutlineOptions, /option "colour"/],
  ];
  for (const [polygons, options, message] of refused) {
    assert.throws(() => drawOutlines(picture, polygons as never, options), message);
  }
});
