import assert from "node:assert/strict";
import { test } from "node:test";
import type { Corners, Picture, Point } from "ekiben";
import { areasOfText } from "../../examples/ocr/areas.ts";
import { alphabetOf, decodeLines } from "../../examples/ocr/ctc.ts";
import { alongText, runsAgainst, turnedOver } from "../../examples/ocr/direction.ts";
import { lineTensor } from "../../examples/ocr/line.ts";
import { inReadingOrder } from "../../examples/ocr/order.ts";
import { onPaper } from "../../examples/ocr/paper.ts";
import {
  cornersOf,
  growBy,
  isWithin,
  type Rectangle,
  smallestRectangle,
} from "../../examples/ocr/rectangle.ts";
import { type PixelMap, regionsAbove } from "../../examples/ocr/regions.ts";
import { seeded } from "../support/random.ts";

/** A map of a few rows: 0 to 9 are tenths. */
function mapOf(...rows: readonly string[]): PixelMap {
  const width = rows[0]?.length ?? 0;
  return { width, height: rows.length, data: Float32Array.from(rows.join(""), (at) => +at / 10) };
}

function near(found: number, wanted: number, within: number, what: string): void {
  assert.ok(Math.abs(found - wanted) <= within, `${what}: ${found}, not ${wanted}`);
}

test("regionsAbove() finds pixels that touch, also at corners and at the edge", () => {
  const map = mapOf("9900", "0090", "0009", "9003");
  assert.deepEqual(
    [...regionsAbove(map, 0.3)],
    [
      [
        ...[[0.5, 0.5] as Point, [1.5, 0.5] as Point],
        ...[[2.5, 1.5] as Point, [2.5, 1.5] as Point],
        ...[[3.5, 2.5] as Point, [3.5, 2.5] as Point],
        // 0.3 in single precision is above 0.3.
        ...[[3.5, 3.5] as Point, [3.5, 3.5] as Point],
      ],
      [
        [0.5, 3.5],
        [0.5, 3.5],
      ],
    ],
  );
  assert.deepEqual([...regionsAbove(mapOf("000", "000"), 0.3)], []);
});

test("smallestRectangle() finds rotated rectangles again", () => {
  seeded(({ next }) => {
    for (let round = 0; round < 200; round += 1) {
      const angle = (next() - 0.5) * (Math.PI / 2) * 0.98;
      const wanted: Rectangle = {
        centre: [next() * 500, next() * 500],
        across: [Math.cos(angle), Math.sin(angle)],
        width: 20 + next() * 300,
        height: 5 + next() * 100,
      };
      const inside = Array.from({ length: 50 }, (): Point => {
        const [right, down] = [(next() - 0.5) * wanted.width, (next() - 0.5) * wanted.height];
        const [x, y] = wanted.across;
        return [wanted.centre[0] + x * right - y * down, wanted.centre[1] + y * right + x * down];
      });
      const points = [...cornersOf(wanted), ...inside];
      points.sort(([x, y], [left, top]) => y - top || x - left);
      const found = smallestRectangle(points);
      const what = JSON.stringify(wanted);
      near(found.width, wanted.width, 1e-6, what);
      near(found.height, wanted.height, 1e-6, what);
      for (const [at, [x, y]] of cornersOf(found).entries()) {
        near(x, cornersOf(wanted)[at]?.[0] ?? 0, 1e-6, what);
        near(y, cornersOf(wanted)[at]?.[1] ?? 0, 1e-6, what);
      }
      const grown = growBy(found, 0.001);
      for (const point of points) assert.ok(isWithin(grown, point), what);
      assert.ok(!isWithin(found, [wanted.centre[0] + 500, wanted.centre[1]]), what);
    }
  });
});

test("smallestRectangle() takes points that have no area", () => {
  assert.deepEqual(smallestRectangle([[3, 4]]), {
    ...{ centre: [3, 4], across: [1, 0] },
    ...{ width: 0, height: 0 },
  });
  const { width, height } = smallestRectangle([
    [0, 0],
    [3, 4],
    [6, 8],
  ]);
  near(Math.max(width, height), 10, 1e-9, "length");
  near(Math.min(width, height), 0, 1e-9, "thickness");
});

test("areasOfText() grows what is sure enough and not too small", () => {
  const [width, height] = [100, 60];
  const data = new Float32Array(width * height);
  const fill = (left: number, top: number, wide: number, high: number, value: number): void => {
    for (let y = top; y < top + high; y += 1) {
      data.fill(value, y * width + left, y * width + left + wide);
    }
  };
  fill(20, 10, 41, 9, 0.9);
  fill(20, 30, 41, 9, 0.5); // not sure
  fill(80, 30, 3, 3, 1); // too small
  const areas = areasOfText({ width, height, data });
  assert.equal(areas.length, 1);
  near(areas[0]?.score ?? 0, 0.9, 1e-6, "score");
  // The centres of its pixels are 40 x 8, which grow by 2 * 320 / 96 pixels on each side.
  const margin = (2 * 40 * 8) / (2 * (40 + 8));
  const [left, top, right, bottom] = [20.5 - margin, 10.5 - margin, 60.5 + margin, 18.5 + margin];
  const wanted: Corners = [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
  for (const [at, [x, y]] of (areas[0]?.corners ?? []).entries()) {
    near(x, wanted[at]?.[0] ?? 0, 1e-9, `corner ${at}`);
    near(y, wanted[at]?.[1] ?? 0, 1e-9, `corner ${at}`);
  }
  seeded(({ next }) => {
    const noise = Float32Array.from({ length: width * height }, next);
    assert.deepEqual(areasOfText({ width, height, data: noise }), []);
  });
});

test("areasOfText() finds at most 1000 areas", () => {
  const [width, height] = [960, 960];
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) if (x % 8 < 6 && y % 8 < 6) data[y * width + x] = 1;
  }
  assert.equal(areasOfText({ width, height, data }).length, 1000);
});

test("decodeLines() drops blanks and repeated characters, not those between blanks", () => {
  const alphabet = alphabetOf("a\nb\nc\n");
  assert.deepEqual(alphabet, ["", "a", "b", "c", " "]);
  const line = (steps: readonly (readonly [number, number])[]): number[] =>
    steps.flatMap(([best, value]) => alphabet.map((_, at) => (at === best ? value : 0.01)));
  const data = Float32Array.from([
    // "aab c", with a repeated blank
    ...line([
      ...([
        [1, 0.5],
        [1, 0.9],
        [0, 0.9],
        [1, 1],
        [2, 0.9],
        [4, 0.8],
        [3, 0.8],
      ] as const),
      [0, 0.9],
    ]),
    ...line(Array(8).fill([0, 0.9])),
    ...line([[4, 1], ...Array(7).fill([0, 0.9])]),
  ]);
  assert.deepEqual(decodeLines({ dtype: "float32", shape: [3, 8, 5], data }, alphabet), [
    { text: "aab c", score: 0.8 },
    { text: "", score: 0 },
    // A space alone is no text.
    { text: "", score: 0 },
  ]);
});

function boxAt(x: number, y: number, width = 100, height = 20): Corners {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
}

/** A box that was rotated around the corner of the picture. */
function rotated(box: Corners, angle: number): Corners {
  const [a, b, c, d] = box;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turn = ([x, y]: Point): Point => [x * cos - y * sin, x * sin + y * cos];
  return [turn(a), turn(b), turn(c), turn(d)];
}

test("inReadingOrder() goes down row by row, whichever way the picture is rotated", () => {
  const rows = [boxAt(0, 4), boxAt(300, 0), boxAt(0, 30), boxAt(150, 33), boxAt(300, 28)];
  for (const angle of [0, 0.1, -0.3, Math.PI / 2, Math.PI, 4]) {
    const wanted = rows.map((box) => ({ box: rotated(box, angle) }));
    const [a, b, c, d, e] = wanted;
    const given = [e, b, d, a, c].filter((each) => each !== undefined);
    assert.deepEqual(inReadingOrder(given), wanted, `${angle}`);
  }
  assert.deepEqual(inReadingOrder([]), []);
});

test("alongText() turns what is tall, and turnedOver() what is upside down", () => {
  const wide = boxAt(0, 0);
  assert.equal(alongText(wide), wide);
  const [upperLeft, upperRight, lowerRight, lowerLeft] = boxAt(0, 0, 20, 100);
  assert.deepEqual(alongText([upperLeft, upperRight, lowerRight, lowerLeft]), [
    ...[upperRight, lowerRight, lowerLeft, upperLeft],
  ]);
  assert.deepEqual(turnedOver(turnedOver(wide)), wide);
  assert.ok(runsAgainst({ box: turnedOver(wide) }, [1, 0]));
  assert.ok(!runsAgainst({ box: wide }, [1, 0]));
  assert.ok(!runsAgainst({ box: wide }, [0, 1]), "across is not against");
});

test("lineTensor() is 48 pixels high, with grey beside the line", () => {
  const picture: Picture = {
    ...{ width: 200, height: 100, channels: 3 },
    data: new Uint8Array(60_000).fill(255),
  };
  const shapes: readonly (readonly [number, number, number])[] = [
    [100, 20, 256],
    [10, 20, 64],
    [64, 48, 64],
    [65, 48, 128],
    [200, 1, 3072],
  ];
  for (const [width, height, wanted] of shapes) {
    const { shape, data } = lineTensor(picture, boxAt(0, 0, width, height));
    assert.deepEqual(shape, [1, 3, 48, wanted]);
    // In the middle the line, which is white; at the left edge grey, if it is not as wide.
    near(data[24 * wanted + wanted / 2] ?? 0, 1, 1e-6, `${width}`);
    const isFull = Math.abs((48 * width) / height - wanted) < 1 || wanted === 3072;
    near(data[24 * wanted] ?? 0, isFull ? 1 : 0, 0.004, `${width} x ${height}`);
  }
});

test("onPaper() shows transparent pixels as white", () => {
  const data = new Uint8Array([0, 0, 0, 0, 9, 8, 7, 255, 0, 100, 255, 51, 255, 255, 255, 1]);
  const { channels, data: seen } = onPaper({ width: 2, height: 2, channels: 4, data });
  assert.equal(channels, 3);
  assert.deepEqual([...seen], [255, 255, 255, 9, 8, 7, 204, 224, 255, 255, 255, 255]);
  const opaque: Picture = { width: 1, height: 1, channels: 3, data: new Uint8Array(3) };
  assert.equal(onPaper(opaque), opaque);
});
