/**
 * Picture: pixels in memory, and the conversions between its three modes, independent of file
 * formats.
 * @module
 */

/** Decoded pixels: 8 bits a channel, rows from the top, channels interleaved, no padding. */
export interface Picture {
  /** In pixels, at least 1. */
  readonly width: number;
  /** In pixels, at least 1. */
  readonly height: number;
  /** 1 for grey, 3 for RGB, 4 for RGB and alpha (255 is opaque; colours are not premultiplied). */
  readonly channels: 1 | 3 | 4;
  /** `width * height * channels` bytes. */
  readonly data: Uint8Array;
}

/** The channels of a picture, by Pillow's name: `L` has 1 (luma), `RGB` 3, `RGBA` 4. */
export type PictureMode = "L" | "RGB" | "RGBA";

const CHANNELS = { L: 1, RGB: 3, RGBA: 4 } as const satisfies Record<PictureMode, 1 | 3 | 4>;

/** The names of the modes, for messages and checks. */
export const PICTURE_MODES: readonly PictureMode[] = ["L", "RGB", "RGBA"];

/** Returns the number of channels of a mode. */
export function channelsOf(mode: PictureMode): Picture["channels"] {
  return CHANNELS[mode];
}

/** Returns the mode of a picture. */
export function modeOf({ channels }: Picture): PictureMode {
  if (channels === 1) return "L";
  return channels === 3 ? "RGB" : "RGBA";
}

/**
 * Returns the picture in another mode, or itself if it has that mode.
 *
 * The rules are those of Pillow's `convert`: grey is copied to each colour, colour becomes ITU-R
 * 601 luma in 16-bit fixed point, a missing alpha is 255, and alpha is dropped without blending.
 */
export function convertPicture(picture: Picture, mode: PictureMode): Picture {
  const to = CHANNELS[mode];
  const { width, height, channels: from } = picture;
  if (from === to) return picture;
  const data = new Uint8Array(width * height * to);
  if (to === 1) toLuma(picture.data, from, data);
  else if (from === 1) fromGrey(picture.data, data, to);
  else fromColour(picture.data, from, data, to);
  return { width, height, channels: to, data };
}

/**
 * Checks that a value is a `Picture`.
 *
 * @throws TypeError with what was given and what was wanted
 */
export function checkPicture(value: unknown): asserts value is Picture {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`A picture is an object with pixels, but was ${describe(value)}`);
  }
  const { width, height, channels, data } = value as { readonly [K in keyof Picture]: unknown };
  if (!isSide(width) || !isSide(height)) {
    const given = `${describe(width)} x ${describe(height)}`;
    throw new TypeError(`A picture's width and height are whole numbers from 1, but were ${given}`);
  }
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new TypeError(`A picture has 1, 3 or 4 channels, but had ${describe(channels)}`);
  }
  if (!(data instanceof Uint8Array)) {
    throw new TypeError(`A picture's data is a Uint8Array, but was ${describe(data)}`);
  }
  const wanted = width * height * channels;
  if (data.length !== wanted) {
    throw new TypeError(
      `A picture of ${width} x ${height} pixels in ${channels} channels has ${wanted} bytes, ` +
        `but had ${data.length}`,
    );
  }
}

function isSide(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
}

function describe(value: unknown): string {
  if (typeof value === "object" && value !== null) return value.constructor?.name ?? "an object";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

// The indices below are within arrays of width * height * channels elements, so each `as number`
// holds; a check of each pixel would take longer than the conversion.

function toLuma(source: Uint8Array, channels: number, target: Uint8Array): void {
  for (let to = 0, from = 0; to < target.length; to += 1, from += channels) {
    const red = source[from] as number;
    const green = source[from + 1] as number;
    const blue = source[from + 2] as number;
    target[to] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
  }
}

function fromGrey(source: Uint8Array, target: Uint8Array, channels: number): void {
  if (channels === 4) target.fill(255);
  for (let from = 0, to = 0; from < source.length; from += 1, to += channels) {
    const grey = source[from] as number;
    target[to] = grey;
    target[to + 1] = grey;
    target[to + 2] = grey;
  }
}

function fromColour(
  source: Uint8Array,
  sourceChannels: number,
  target: Uint8Array,
  targetChannels: number,
): void {
  if (targetChannels === 4) target.fill(255);
  let to = 0;
  for (let from = 0; from < source.length; from += sourceChannels) {
    target[to] = source[from] as number;
    target[to + 1] = source[from + 1] as number;
    target[to + 2] = source[from + 2] as number;
    to += targetChannels;
  }
}
