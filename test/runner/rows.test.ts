/** Calls of unlike length are joined in workers over every executor, and answered as if alone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EXECUTORS, type ExecutorName } from "../../src/executor/executor.ts";
import { host } from "../../src/host/server.ts";
import { runner } from "../../src/runner/runner.ts";
import { type Tensor, tensor } from "../../src/tensor.ts";
import { Random, SEED } from "../support/random.ts";
import texts, { LEAKED, type Texts } from "./fixtures/texts.ts";

const MAX_BATCH_SIZE = 12;

function open(isolation: ExecutorName) {
  const name = `texts-${isolation}`;
  return runner(texts, { name, workers: 1, isolation, batch: { maxBatchSize: MAX_BATCH_SIZE } });
}

/** Texts of one length, by rows of words. */
type Words = readonly (readonly number[])[];

function randomWords(random: Random): Words {
  const length = random.below(9);
  const rows = 1 + random.below(random.below(8) === 0 ? 20 : 3);
  return Array.from({ length: rows }, () => Array.from({ length }, () => 1 + random.below(50)));
}

const lengthOf = (words: Words): number => words[0]?.length ?? 0;

/** The kinds of calls: how one is made, and its right answer. */
const KINDS = {
  embed: {
    call(words: Words): Texts {
      const shape = [words.length, lengthOf(words)];
      const ids = BigInt64Array.from(words.flat(), BigInt);
      const mask = Uint8Array.from(words.flat(), (word) => Number(word % 5 !== 0));
      const scale = tensor("float32", [], Float32Array.of(2));
      return { ids: tensor("int64", shape, ids), mask: tensor("bool", shape, mask), scale };
    },
    answer(words: Words): unknown {
      const vectors = words.map((row) => {
        const own = row.filter((word) => word % 5 !== 0);
        const mean = (2 * own.reduce((sum, word) => sum + word, 0)) / Math.max(1, own.length);
        return [mean, mean * mean];
      });
      return { vectors: tensor("float32", [words.length, 2], Float32Array.from(vectors.flat())) };
    },
  },
  tag: {
    call: (words: Words) =>
      tensor("int32", [words.length, lengthOf(words)], Int32Array.from(words.flat())),
    answer: (words: Words): unknown =>
      tensor(
        "int32",
        [words.length, lengthOf(words)],
        Int32Array.from(words.flat(), (word) => 2 * word),
      ),
  },
  columns: {
    call(words: Words) {
      const length = lengthOf(words);
      const across = Array.from({ length }, (_, at) => words.map((row) => row[at] ?? 0));
      return { words: tensor("int32", [length, words.length], Int32Array.from(across.flat())) };
    },
    answer(words: Words): unknown {
      const sums = words.map((row) => row.reduce((sum, word) => sum + word, 0));
      return { sums: tensor("int32", [words.length], Int32Array.from(sums)), ...this.call(words) };
    },
  },
} as const;

for (const isolation of EXECUTORS) {
  test(`runner() over ${isolation} answers padded calls as if each were alone`, async () => {
    const calls = open(isolation);
    if (host.executors[isolation] === undefined) {
      return await assert.rejects(calls.start(), /this runtime has no isolation/);
    }
    const random = new Random(SEED);
    const given = Array.from({ length: 150 }, () => randomWords(random));
    await calls.start();
    try {
      const answers = given.map(async (words) => ({
        embed: await calls.embed(KINDS.embed.call(words)),
        tag: await calls.tag(KINDS.tag.call(words)),
        columns: await calls.columns(KINDS.columns.call(words)),
      }));
      for (const [at, answer] of (await Promise.all(answers)).entries()) {
        const words = given[at] as Words;
        const message = `SEED=${SEED}: call ${at} of ${words.length} × ${lengthOf(words)}`;
        assert.deepEqual(answer.embed, KINDS.embed.answer(words), message);
        assert.deepEqual(answer.tag, KINDS.tag.answer(words), message);
        assert.deepEqual(answer.columns, KINDS.columns.answer(words), message);
        assert.ok(!(answer.tag as Tensor<"int32">).data.includes(LEAKED), message);
      }
      const shapes = await calls.shapes(null);
      assert.ok(shapes.length < 3 * given.length, "calls were joined");
      const { batchers } = calls.stats();
      assert.equal(batchers["embed"]?.queuedRows, 0);
      const texts = [["a"], ["b", "c"], []].map((words) => calls.count([{ words }]));
      const [one, two, none] = await Promise.allSettled(texts);
      assert.deepEqual(
        [one, two].map((each) => each?.status),
        ["fulfilled", "fulfilled"],
      );
      assert.equal(none?.status === "rejected" && none.reason.message, "a text without words");
    } finally {
      await calls.close();
    }
  });
}
