/**
 * Runs in a thread: reads and writes the pictures that are too large for the main thread.
 * @module
 */

import type { OutputImageMediaType } from "../io/picture/codec/format.ts";
import { inPlace, type ReadOptions, type ReadTensorOptions } from "../io/picture/picture-codec.ts";
import type { Tensor } from "../tensor.ts";
import { type Runnable, runnable } from "../worker/runnable.ts";
import { type Bytes, fromBytes, fromPicture, toPicture } from "./picture-tensors.ts";

/** Pictures as uint8 [height, width, channels] and files as uint8 [n], which cross uncopied. */
export type PictureMethods = {
  decode: (input: { readonly file: Bytes; readonly options: ReadOptions }) => Promise<Bytes>;
  decodeTensor: (input: {
    readonly file: Bytes;
    readonly options: ReadTensorOptions;
  }) => Promise<Tensor>;
  encode: (input: {
    readonly picture: Bytes;
    readonly mediaType: OutputImageMediaType;
  }) => Promise<Bytes>;
};

const pictureThread: Runnable<PictureMethods, undefined> = runnable(import.meta.url, () => ({
  methods: {
    decode: async ({ file, options }) => fromPicture(await inPlace.decode(file.data, options)),
    decodeTensor: async ({ file, options }) => await inPlace.decodeTensor(file.data, options),
    encode: async ({ picture, mediaType }) =>
      fromBytes(await inPlace.encode(toPicture(picture), mediaType)),
  } satisfies PictureMethods,
}));

export default pictureThread;
