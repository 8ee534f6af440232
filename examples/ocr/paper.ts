/** Puts pictures on paper: text in black on a transparent ground would be black on black. */
import type { Picture } from "ekiben";

const WHITE = 255;

/** Returns a picture without alpha, as it looks on white. */
export function onPaper(picture: Picture): Picture {
  const { width, height, channels, data } = picture;
  if (channels !== 4) return picture;
  const colours = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < colours.length; from += 4, to += 3) {
    const alpha = data[from + 3] ?? WHITE;
    for (let colour = 0; colour < 3; colour++) {
      const level = data[from + colour] ?? 0;
      colours[to + colour] = Math.round(WHITE + ((level - WHITE) * alpha) / 255);
    }
  }
  return { width, height, channels: 3, data: colours };
}
