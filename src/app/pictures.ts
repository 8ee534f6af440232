/**
 * Large pictures in threads of their own: a runner like any other, started by the first of them.
 * @module
 */

import type { Host } from "../host/host.ts";
import { checkPicture } from "../io/picture/picture.ts";
import { type PictureCodec, splitBySize } from "../io/picture/picture-codec.ts";
import { type Runner, runner } from "../runner/runner.ts";
import { fromBytes, fromPicture, toPicture } from "./picture-tensors.ts";
import type { PictureMethods } from "./picture-thread.ts";

/** A codec, with a method to stop its threads. */
export interface Pictures extends PictureCodec {
  close(): Promise<void>;
}

/** The most threads. Each keeps its codecs, and the memory that its last picture needed. */
const MAX_THREADS = 4;

/** The most pictures that wait for a thread. If a caller disconnects, its picture is removed. */
const MAX_QUEUE = 1_000;

/** Reads and writes small pictures in place, and large ones in threads of the host. */
export function openPictures(host: Host): Pictures {
  let started: Promise<Runner<PictureMethods>> | undefined;
  const threads = (): Promise<Runner<PictureMethods>> => {
    started ??= start(host);
    // A start that failed is tried again by the next picture.
    started.catch(() => {
      started = undefined;
    });
    return started;
  };
  const codec = splitBySize({
    async decode(bytes, options, signal) {
      const pool = await threads();
      return toPicture(await pool.decode({ file: fromBytes(bytes), options }, { signal }));
    },
    async decodeTensor(bytes, options, signal) {
      const pool = await threads();
      return await pool.decodeTensor({ file: fromBytes(bytes), options }, { signal });
    },
    async encode(picture, mediaType, signal) {
      checkPicture(picture);
      const pool = await threads();
      return (await pool.encode({ picture: fromPicture(picture), mediaType }, { signal })).data;
    },
  });
  return {
    ...codec,
    close: async () => await (await started?.catch(() => undefined))?.close(),
  };
}

async function start(host: Host): Promise<Runner<PictureMethods>> {
  const { default: pictureThread } = await import("./picture-thread.ts");
  const pool = runner(pictureThread, {
    name: "pictures",
    workers: Math.min(MAX_THREADS, host.cores),
    maxQueueRows: MAX_QUEUE,
    isolation: "threads",
    optional: true,
  });
  await pool.start(host);
  return pool;
}
