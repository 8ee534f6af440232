import assert from "node:assert/strict";
import { test } from "node:test";
import { api, image, type Picture, service } from "ekiben";
import { serve } from "ekiben/serve";
import { openPictures } from "../../src/app/pictures.ts";
import { threads as realThreads } from "../../src/executor/threads/threads.ts";
import type { Host } from "../../src/host/host.ts";
import { host as nodeHost } from "../../src/host/server.ts";
import { inPlace } from "../../src/io/picture/picture-codec.ts";
import { pictureValues } from "../../src/io/picture/picture-tensor.ts";
import { NO_GATE } from "../../src/worker/native-gate.ts";
import { concat, fixture, patched } from "../io/fixtures/pictures.ts";
import { withThreads } from "../support/executors.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";

const SMALL = 64;
const LARGE = 700;
const THREADS = 2;
const reading = { maxPixels: 2 ** 20, mode: "RGB" } as const;

/** A picture in which every pixel differs from its neighbours. */
function pattern(side: number, channels: 1 | 3 = 3): Picture {
  const data = Uint8Array.from({ length: side * side * channels }, (_, at) => (at * 7) % 251);
  return { width: side, height: side, channels, data };
}

/** The real host, with cores for two threads, counting those that are started. */
function counting(): { readonly host: Host; readonly threads: () => number } {
  let threads = 0;
  const host = withThreads(nodeHost, (start, events) => {
    threads += 1;
    return realThreads.start(start, events);
  });
  return { host: { ...host, cores: THREADS }, threads: () => threads };
}

test("openPictures() reads and writes small pictures without a thread", async () => {
  const { host, threads } = counting();
  const pictures = openPictures(host);
  const file = await pictures.encode(pattern(SMALL), "image/png");
  assert.deepEqual(await pictures.decode(file, reading), pattern(SMALL));
  assert.equal(threads(), 0);
  await pictures.close();
});

test("openPictures() reads and writes large pictures in its threads, with one result", async () => {
  const { host, threads } = counting();
  const pictures = openPictures(host);
  const files = await Promise.all([
    pictures.encode(pattern(LARGE), "image/png"),
    pictures.encode(pattern(LARGE, 1), "image/png"),
  ]);
  assert.deepEqual(files[0], await inPlace.encode(pattern(LARGE), "image/png"));
  const read = await Promise.all(files.map((file) => pictures.decode(file, reading)));
  assert.deepEqual(read[0], pattern(LARGE));
  assert.equal(read[1]?.channels, 3);
  assert.equal(threads(), THREADS);
  await pictures.close();
});

test("openPictures() makes tensors of large pictures and large sizes in its threads", async () => {
  const small = { ...pattern(2), data: Uint8Array.from({ length: 12 }, (_, at) => at * 20) };
  const large = { width: LARGE, height: LARGE };
  const cases = [
    [pattern(SMALL), {}, 0],
    [pattern(LARGE), {}, THREADS],
    [pattern(LARGE), { resize: { width: 8, height: 8 } }, THREADS],
    [small, { resize: large }, THREADS],
  ] as const;
  for (const [picture, resize, wanted] of cases) {
    const { host, threads } = counting();
    const pictures = openPictures(host);
    const file = await inPlace.encode(picture, "image/png");
    for (const dtype of ["float32", "float16", "uint8"] as const) {
      const values = pictureValues(3, "NCHW", dtype, dtype !== "uint8");
      const options = { ...reading, ...resize, values };
      const tensor = await pictures.decodeTensor(file, options);
      assert.deepEqual(tensor, await inPlace.decodeTensor(file, options));
      assert.deepEqual([tensor.dtype, threads()], [dtype, wanted]);
    }
    await pictures.close();
  }
});

/** A GIF whose canvas is large, and a BMP. */
function largeFiles(): readonly Uint8Array[] {
  const gif = fixture("cases/a.gif");
  const side = [LARGE & 255, LARGE >> 8];
  const bmp = new Uint8Array(54 + LARGE * LARGE * 3).fill(200, 54);
  const header = [0x42, 0x4d, 0, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0];
  bmp.set([...header, ...side, 0, 0, ...side, 0, 0, 1, 0, 24]);
  return [patched(gif, 6, ...side, ...side), bmp];
}

test("openPictures() reads large pictures of other formats in its threads", async () => {
  for (const file of largeFiles()) {
    const { host, threads } = counting();
    const pictures = openPictures(host);
    const read = await pictures.decode(file, { ...reading, orient: true });
    assert.deepEqual(read, await inPlace.decode(file, reading));
    assert.deepEqual([read.width, read.height, threads()], [LARGE, LARGE, THREADS]);
    await pictures.close();
  }
});

test("openPictures() reads a long file of a small picture in its threads", async () => {
  const { host, threads } = counting();
  const pictures = openPictures(host);
  const file = concat(fixture("cases/a.gif"), new Uint8Array(2 ** 20));
  assert.equal((await pictures.decode(file, reading)).width, 37);
  assert.equal(threads(), THREADS);
  await pictures.close();
});

test("openPictures() uses at most four threads", async () => {
  const { host, threads } = counting();
  const pictures = openPictures({ ...host, cores: 64 });
  await pictures.encode(pattern(LARGE), "image/png");
  assert.equal(threads(), 4);
  await pictures.close();
});

test("openPictures() counts what is left of a JPEG that is resized", async () => {
  const { host, threads } = counting();
  const pictures = openPictures(host);
  const file = await inPlace.encode(pattern(LARGE), "image/jpeg");
  const to = async (side: number): Promise<number> => {
    const resize = { width: side, height: side };
    return (await pictures.decode(file, { ...reading, resize })).width;
  };
  // 1/8 takes a fifth of the time.
  assert.deepEqual([await to(80), threads()], [80, 0]);
  assert.deepEqual([await to(400), threads()], [400, THREADS]);
  await pictures.close();
});

test("openPictures() explains what is wrong with a large picture", async () => {
  const pictures = openPictures(nodeHost);
  const file = await pictures.encode(pattern(LARGE), "image/png");
  await assert.rejects(pictures.decode(file.subarray(0, 5_000), reading), {
    name: "ServiceError",
    code: "invalid_argument",
  });
  await assert.rejects(pictures.decode(file, { ...reading, maxPixels: 1_000 }), {
    code: "payload_too_large",
    message: /700 x 700/,
  });
  await assert.rejects(pictures.decode(new Uint8Array(9), reading), { code: "invalid_argument" });
  await assert.rejects(pictures.encode({ ...pattern(LARGE), width: 701 }, "image/png"), TypeError);
  await pictures.close();
});

test("openPictures() starts its threads again when one could not be started", async () => {
  let fails = true;
  const host = withThreads(nodeHost, (start, events) => {
    if (!fails) return realThreads.start(start, events);
    queueMicrotask(() => events.exit("no memory"));
    return { gate: NO_GATE, post: () => {}, terminate: () => {} };
  });
  using _ = silenced();
  const pictures = openPictures(host);
  await assert.rejects(pictures.encode(pattern(LARGE), "image/png"), /no memory/);
  fails = false;
  assert.ok((await pictures.encode(pattern(LARGE), "image/png")).length > 0);
  await pictures.close();
});

test("serve() takes and answers large pictures", async () => {
  using _ = silenced();
  const mirror = service("mirror", {
    apis: {
      same: api({ input: image(), output: image({ mimeType: "image/png" }) }, (picture) => picture),
    },
  });
  await using server = await serve(mirror, { port: 0, host: "127.0.0.1", signals: false });
  const file = await inPlace.encode(pattern(LARGE), "image/png");
  const response = await fetch(`${server.url}/same`, {
    method: "POST",
    body: file as Uint8Array<ArrayBuffer>,
    headers: { "content-type": "image/png" },
  });
  assert.equal(response.headers.get("content-disposition"), 'attachment; filename="output.png"');
  assert.deepEqual(await inPlace.decode(await response.bytes(), reading), pattern(LARGE));
});
