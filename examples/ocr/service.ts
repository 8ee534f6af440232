/** A service that reads the text in pictures: one model finds its lines, another one reads them. */
import { api, drawOutlines, image, json, service } from "ekiben";
import { onPaper } from "./paper.ts";
import { type Line, lineDetector, lineReader, readText } from "./text.ts";

/** Upright, and no larger than this: a page of A4 still has 175 pixels an inch. */
const photograph = image({
  mode: "RGBA",
  orient: true,
  resize: { width: 2048, height: 2048, fit: "inside", filter: "bilinear" },
});

/** The text of a picture. */
interface Text {
  /** The size of the picture in which the boxes are, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly lines: readonly Line[];
}

export default service("ocr", {
  runners: [lineDetector, lineReader],
  apis: {
    read: api(
      {
        input: photograph,
        output: json<Text>(),
        description: "The lines of text in a picture, in reading order, with their boxes",
      },
      async (picture, context) => {
        const { width, height } = picture;
        return { width, height, lines: await readText(onPaper(picture), context) };
      },
    ),
    draw: api(
      {
        input: photograph,
        output: image({ mimeType: "image/jpeg" }),
        description: "The picture with the boxes of its lines of text",
      },
      async (picture, context) => {
        const page = onPaper(picture);
        const lines = await readText(page, context);
        const boxes = lines.map(({ box }) => box);
        return drawOutlines(page, boxes, { color: [230, 0, 0] });
      },
    ),
  },
});
