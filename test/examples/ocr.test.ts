import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Corners, cropPicture, image, orientPicture, type Picture, type Point } from "ekiben";
import { pngOf as pngWith } from "../io/fixtures/pictures.ts";
import { startCli } from "../support/cli.ts";
import { root } from "../support/runtimes.ts";

const service = fileURLToPath(new URL("examples/ocr/service.ts", root));
const menu = new URL("examples/ocr/pictures/menu.png", root);

/** The text of menu.png, in reading order. */
const MENU = [
  ...["EKIBEN STATION", "Lunch boxes, freshly made"],
  ...["Salmon and rice", "1,150", "Grilled eel", "2,480"],
  ...["Vegetables of the season", "980", "Green tea", "150"],
  ...["Platform 7, next to the stairs", "Open daily from 6:30 to 21:00"],
  "Please keep cool and eat within four hours",
];

/** The corners of the first line and of the last price in menu.png, within some pixels. */
const BOXES: readonly (readonly [string, Corners])[] = [
  ["EKIBEN STATION", cornersOf([64, 92], [627, 63], [629, 113], [66, 142])],
  ["150", cornersOf([713, 374], [777, 370], [780, 407], [716, 411])],
];

function cornersOf(...corners: Corners): Corners {
  return corners;
}

/** The part of menu.png with the four prices. */
const PRICES = { left: 690, top: 210, right: 820, bottom: 420 };

interface Answer {
  readonly width: number;
  readonly height: number;
  readonly lines: readonly {
    readonly text: string;
    readonly score: number;
    readonly box: Corners;
  }[];
}

const png = image({ mimeType: "image/png" });

async function pngOf(picture: Picture): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array((await png.encode(picture)).bytes);
}

async function decoded(bytes: Uint8Array): Promise<Picture> {
  return await png.decode({ bytes, type: undefined });
}

function grey(width: number, height: number): Picture {
  return { width, height, channels: 3, data: new Uint8Array(width * height * 3).fill(128) };
}

/** Returns a picture as black ink of which there is more where it is darker, on nothing. */
function inked({ width, height, data }: Picture): Picture {
  const ink = new Uint8Array(width * height * 4);
  for (let at = 0; at < width * height; at++) ink[4 * at + 3] = 255 - (data[3 * at + 1] ?? 0);
  return { width, height, channels: 4, data: ink };
}

async function post(url: string, body: Uint8Array<ArrayBuffer>): Promise<Response> {
  return await fetch(url, { method: "POST", body, headers: { "ekiben-explain": "1" } });
}

async function read(url: string, body: Uint8Array<ArrayBuffer>): Promise<Answer> {
  const response = await post(`${url}/read`, body);
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as Answer;
}

/** The least number of letters to insert, remove or replace to make one text of another. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1];
    for (let to = 1; to <= other.length; to += 1) {
      const replaced = (row[to - 1] ?? 0) + Number(letter !== other[to - 1]);
      next.push(Math.min((row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Backends differ in the last digits, which may cost a space between two small words. */
const MAX_ERRORS = 3;

function assertMenu(answer: Answer, what: string): void {
  const texts = answer.lines.map(({ text }) => text);
  assert.equal(texts.length, MENU.length, `${what}: ${texts.join(" | ")}`);
  const withoutSpaces = (text: string): string => text.replaceAll(" ", "");
  assert.deepEqual(texts.map(withoutSpaces), MENU.map(withoutSpaces), what);
  const errors = texts.reduce((sum, text, at) => sum + editDistance(text, MENU[at] ?? ""), 0);
  assert.ok(errors <= MAX_ERRORS, `${what}: ${texts.join(" | ")}`);
  for (const { text, score } of answer.lines) assert.ok(score > 0.8 && score <= 1, text);
}

/** Asserts that the boxes of two lines are where they should be. */
function assertBoxes({ lines }: Answer, place: (at: Point) => Point, what: string): void {
  for (const [text, corners] of BOXES) {
    const box = lines.find((line) => line.text === text)?.box ?? assert.fail(`${what}: ${text}`);
    for (const [at, corner] of corners.entries()) {
      const [x, y] = place(corner);
      const [left = 0, top = 0] = box[at] ?? [];
      const apart = Math.hypot(left - x, top - y);
      assert.ok(
        apart < 14,
        `${what}: corner ${at} of ${text} is at ${left}, ${top}, not ${x}, ${y}`,
      );
    }
  }
}

test("examples/ocr reads and outlines the text of a picture, however it is turned", async () => {
  await using server = await startCli(["serve", service]);
  const picture = await decoded(readFileSync(menu));
  const { width, height } = picture;
  const turns: readonly (readonly [number, (at: Point) => Point])[] = [
    [1, (at) => at],
    [3, ([x, y]) => [width - x, height - y]],
    [6, ([x, y]) => [height - y, x]],
    [8, ([x, y]) => [y, width - x]],
  ];
  for (const [orientation, place] of turns) {
    const turned = orientPicture(picture, orientation);
    const answer = await read(server.url, await pngOf(turned));
    const what = `orientation ${orientation}`;
    assert.deepEqual([answer.width, answer.height], [turned.width, turned.height], what);
    assertMenu(answer, what);
    assertBoxes(answer, place, what);
  }
  const prices = cropPicture(picture, PRICES);
  const { lines } = await read(server.url, await pngOf(inked(prices)));
  assert.deepEqual(
    lines.map(({ text }) => text),
    ["1,150", "2,480", "980", "150"],
    "black on a transparent ground",
  );
  const response = await post(`${server.url}/draw`, new Uint8Array(readFileSync(menu)));
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "image/jpeg");
  const drawn = await decoded(new Uint8Array(await response.arrayBuffer()));
  assert.deepEqual([drawn.width, drawn.height], [picture.width, picture.height]);
  const isRed = ({ width, data }: Picture, x: number, y: number): boolean => {
    const [red = 0, green = 0, blue = 0] = data.subarray((y * width + x) * 3);
    return red - green > 60 && red - blue > 60;
  };
  // The middle of the upper edge of the price, which is white in the picture.
  const near = Array.from({ length: 20 }, (_, at) => 362 + at);
  assert.ok(near.some((y) => isRed(drawn, 745, y)));
  assert.ok(!near.some((y) => isRed(picture, 745, y)));
});

/** The servers that are tried: one that has measured that a row alone is cheapest joins none. */
const MAX_SERVERS = 5;

/** Returns the rows of the largest batch of the lines of some pictures, which are read at once. */
async function largestBatch(
  bodies: readonly Uint8Array<ArrayBuffer>[],
  wanted: ReadonlyMap<Uint8Array, readonly string[]>,
): Promise<number> {
  const strategy = "runners.reader.batching.strategy";
  const window = `${strategy}.name=fixed_window ${strategy}.wait_ms=500`;
  await using server = await startCli(["serve", service], {
    env: { EKIBEN_CONFIG_OPTIONS: window },
  });
  let rows = 0;
  await Promise.all(
    bodies.map(async (body) => {
      const response = await post(`${server.url}/read`, body);
      const answer = await response.text();
      assert.equal(response.status, 200, answer);
      const { lines } = JSON.parse(answer) as Answer;
      assert.deepEqual(
        lines.map(({ text }) => text),
        wanted.get(body),
      );
      const batches = response.headers.get("ekiben-explain") ?? "";
      for (const [, count] of batches.matchAll(/reader;method=read;rows=(\d+)/g)) {
        rows = Math.max(rows, Number(count));
      }
    }),
  );
  return rows;
}

test("examples/ocr reads for several callers at once what it would for each alone", async () => {
  const prices = cropPicture(await decoded(readFileSync(menu)), PRICES);
  const upright = await pngOf(prices);
  const flipped = await pngOf(orientPicture(prices, 3));
  const blank = await pngOf(grey(130, 210));
  const texts = ["1,150", "2,480", "980", "150"];
  const wanted = new Map([
    [upright, texts],
    [flipped, texts],
    [blank, []],
  ]);
  const bodies = [upright, flipped, blank, upright, flipped, upright, blank, upright];
  let rows = 0;
  for (let server = 0; server < MAX_SERVERS && rows < 2; server++) {
    rows = await largestBatch(bodies, wanted);
  }
  assert.ok(rows > 1, "lines were read in one batch");
});

test("examples/ocr answers pictures without text, and refuses what it cannot read", async () => {
  await using server = await startCli(["serve", service]);
  for (const [width, height] of [
    [500, 400],
    [1, 1],
    [3000, 2],
    [2, 3000],
  ] as const) {
    const answer = await read(server.url, await pngOf(grey(width, height)));
    const scale = Math.min(1, 2048 / Math.max(width, height));
    const sides = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
    assert.deepEqual([answer.width, answer.height], sides);
    assert.deepEqual(answer.lines, []);
  }
  const huge = new Uint8Array(pngWith({ width: 6000, height: 5000, raw: new Uint8Array(9) }));
  const refused: readonly [Uint8Array<ArrayBuffer>, number, RegExp][] = [
    [new Uint8Array(0), 400, /The body is empty, but must be one of image\/jpeg/],
    [new TextEncoder().encode("no picture"), 400, /of no known format/],
    [huge, 413, /6000 x 5000 pixels, which is 30000000, but at most 16777216/],
  ];
  for (const path of ["read", "draw"]) {
    for (const [body, status, words] of refused) {
      const response = await post(`${server.url}/${path}`, body);
      const message = await response.text();
      assert.equal(response.status, status, message);
      assert.match(message, words);
    }
  }
});

test("examples/ocr/README.md shows the beginning of the answers of its commands", async () => {
  const readme = readFileSync(new URL("examples/ocr/README.md", root), "utf8");
  const shown = [...readme.matchAll(/^(curl .+)\n```\n\n```json\n(.+)\n```$/gm)];
  assert.equal(shown.length, 1);
  await using server = await startCli(["serve", service]);
  for (const [, command = "", answer = ""] of shown) {
    const line = command.replace("http://localhost:3000", server.url);
    const printed = execFileSync("sh", ["-c", `${line} --silent --show-error`], {
      cwd: fileURLToPath(root),
    });
    const [start] = answer.split('"score"');
    assert.equal(printed.toString().slice(0, start?.length), start, command);
  }
});
