/** Reads the text in a picture by two runners, one after the other. */
import {
  type Context,
  type Corners,
  fromLetterbox,
  letterbox,
  type Picture,
  type Point,
  runner,
  toTensor,
} from "ekiben";
import { NO_TEXT, type ReadText } from "./ctc.ts";
import detector from "./detector.ts";
import { alongText, directionOf, runsAgainst, turnedOver } from "./direction.ts";
import { lineTensor } from "./line.ts";
import { inReadingOrder } from "./order.ts";
import reader from "./reader.ts";

/** A line of text. */
export interface Line extends ReadText {
  /** The corners [x, y] in pixels of the picture, clockwise from the upper left of the text. */
  readonly box: Corners;
}

// The largest batches, which take some 300 MB in the detector, and 200 MB in the reader.
export const lineDetector = runner(detector, {
  name: "detector",
  batch: { maxBatchWeight: 2 * 960 * 960 },
});
export const lineReader = runner(reader, { name: "reader", batch: { maxBatchWeight: 32 * 320 } });

/** The longer side of the pictures that the detector sees. */
const DETECTED_SIDE = 960;
/** Their sides are multiples of this, so that pictures of many sizes share few, and batches. */
const SIDE_STEP = 160;
/** A line with a lower score may be upside down. */
const SURE_SCORE = 0.8;
/** A line with a lower score is no text. */
const TEXT_SCORE = 0.5;
/** The lines of a picture that are read at once. */
const LINES_AT_ONCE = 16;

/** Returns the lines of text in a picture, in reading order. */
export async function readText(picture: Picture, context: Context): Promise<Line[]> {
  const boxes = await findBoxes(picture, context);
  const lines = await inGroups(boxes, (box) => readEitherWay(picture, box, context));
  // A few, such as "86" in a picture that is upside down, can be read both ways.
  const direction = directionOf(lines);
  const aligned = await inGroups(lines, async (line) => {
    if (!runsAgainst(line, direction)) return line;
    const other = await readBox(picture, turnedOver(line.box), context);
    return other.score >= SURE_SCORE ? other : line;
  });
  return inReadingOrder(aligned.filter(({ score }) => score >= TEXT_SCORE));
}

/** Returns the boxes of the lines, each beginning with the upper left corner of its text. */
async function findBoxes(picture: Picture, context: Context): Promise<Corners[]> {
  const scale = Math.min(1, DETECTED_SIDE / Math.max(picture.width, picture.height));
  const sideOf = (side: number): number => Math.ceil((side * scale) / SIDE_STEP) * SIDE_STEP;
  const boxed = letterbox(picture, {
    width: sideOf(picture.width),
    height: sideOf(picture.height),
    filter: "bilinear",
  });
  const pixels = toTensor(boxed.picture, { layout: "NCHW", normalize: "imagenet" });
  const [areas = []] = await lineDetector.find(pixels, context);
  const onPicture = (corner: Point): Point => {
    const [x, y] = fromLetterbox(boxed, corner);
    return [Math.round(x * 10) / 10, Math.round(y * 10) / 10];
  };
  return areas.map(({ corners: [upperLeft, upperRight, lowerRight, lowerLeft] }) =>
    alongText([
      onPicture(upperLeft),
      onPicture(upperRight),
      onPicture(lowerRight),
      onPicture(lowerLeft),
    ]),
  );
}

async function readEitherWay(picture: Picture, box: Corners, context: Context): Promise<Line> {
  const line = await readBox(picture, box, context);
  if (line.score >= SURE_SCORE) return line;
  const other = await readBox(picture, turnedOver(box), context);
  return other.score > line.score ? other : line;
}

async function readBox(picture: Picture, box: Corners, context: Context): Promise<Line> {
  const [line = NO_TEXT] = await lineReader.read(lineTensor(picture, box), context);
  return { ...line, box };
}

/** Works on a few items at once: to cut out all lines of a page would hold up other requests. */
async function inGroups<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += LINES_AT_ONCE) {
    results.push(...(await Promise.all(items.slice(at, at + LINES_AT_ONCE).map(work))));
  }
  return results;
}
