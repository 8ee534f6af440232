/**
 * Pictures and files as tensors, which cross to a thread without a copy.
 * @module
 */

import type { Picture } from "../io/picture/picture.ts";
import { type Tensor, tensor } from "../tensor.ts";

/** Bytes of a picture or of a file. */
export type Bytes = Tensor<"uint8">;

/** Returns a picture as a tensor of shape [height, width, channels]. */
export function fromPicture({ width, height, channels, data }: Picture): Bytes {
  return { dtype: "uint8", shape: [height, width, channels], data };
}

/** Returns the picture in a tensor of shape [height, width, channels]. */
export function toPicture({ shape, data }: Bytes): Picture {
  const [height = 0, width = 0, channels] = shape;
  return { width, height, channels: channels as Picture["channels"], data };
}

/** Returns the bytes of a file as a tensor of shape [length]. */
export function fromBytes(data: Uint8Array): Bytes {
  return tensor("uint8", [data.length], data);
}
