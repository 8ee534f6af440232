/**
 * Runs in a thread: reads and writes the pictures that are too large for the main thread.
 * @module
 */

import type { OutputImageMediaType } from "../io/picture/codec/format.ts";
import type { Picture } from "../io/picture/picture.ts";
import { inPlace, type ReadOptions } from "../io/picture/picture-codec.ts";
import { type Runnable, runnable } from "../runner/runnable.ts";
import { type Tensor, tensor } from "../tensor.ts";

type Bytes = Tensor<"uint8">;

/** Pictures as uint8 [height, width, channels] and files as uint8 [n], which cross uncopied. */
export type PictureMethods = {
  decode: (input: { readonly file: Bytes; readonly options: ReadOptions }) => Promise<Bytes>;
  encode: (input: {
    readonly picture: Bytes;
    readonly mediaType: OutputImageMediaType;
  }) => Promise<Bytes>;
};

const pictureThread: Runnable<PictureMethods, undefined> = runnable(import.meta.url, () => ({
  methods: {
    decode: async ({ file, options }) => fromPicture(await inPlace.decode(file.data, options)),
    encode: async ({ picture, mediaType }) =>
      fromBytes(await inPlace.encode(toPicture(picture), mediaType)),
  } satisfies PictureMethods,
}));

export default pictureThread;

/** A picture as a tensor. */
export function fromPicture({ width, height, channels, data }: Picture): Bytes {
  return { dtype: "uint8", shape: [height, width, channels], data };
}

/** A tensor as a picture. */
export function toPicture({ shape, data }: Bytes): Picture {
  const [height = 0, width = 0, channels] = shape;
  return { width, height, channels: channels as Picture["channels"], data };
}

/** The bytes of a file as a tensor. */
export function fromBytes(data: Uint8Array): Bytes {
  return tensor("uint8", [data.length], data);
}
