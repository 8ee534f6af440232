import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Candidate,
  candidatesOf,
  nameOf,
  upToCores,
} from "../../../src/cli/tune/candidate.ts";
import { curveLines } from "../../../src/cli/tune/curve.ts";
import { reportText, yamlOf } from "../../../src/cli/tune/report.ts";
import {
  bestPoint,
  type Found,
  NothingToCall,
  type Point,
  type SearchOptions,
  search,
} from "../../../src/cli/tune/search.ts";

/** The time that a server of the tests takes to start, in milliseconds. */
const START_MS = 500;

/** A world with a clock of its own, in which servers have a known capacity. */
class World {
  now = 0;
  open = 0;
  most = 0;
  readonly served: Candidate[] = [];

  /** Calls a second that a candidate can answer: batches of 32 are the best, native is faster. */
  capacity({ backend, workers, maxBatchSize = 1 }: Candidate): number {
    const batches = maxBatchSize === 32 ? 2 : 1;
    return (backend === "native" ? 300 : 100) * workers * batches;
  }

  options(more: Partial<SearchOptions> = {}): SearchOptions {
    return {
      candidates: candidatesOf({ backends: ["native", "wasm"], workers: [1, 2], threads: [1] }, 2),
      batchSizes: [1, 32],
      totalMs: 60_000,
      maxP99: 50,
      now: () => this.now,
      signal: new AbortController().signal,
      serve: async (candidate) => {
        this.now += START_MS;
        this.served.push(candidate);
        this.most = Math.max(this.most, ++this.open);
        return {
          measure: async (callers, ms): Promise<Point> => {
            this.now += ms;
            const throughput = Math.min(callers * 100, this.capacity(candidate));
            const p99 = (1000 * callers) / throughput;
            return { callers, throughput, p50: p99 / 2, p99, failed: 0 };
          },
          [Symbol.asyncDispose]: async () => void this.open--,
        };
      },
      ...more,
    };
  }
}

test("search() finds the candidate with the highest throughput within the latency", async () => {
  const world = new World();
  const { best, skipped, trials } = await search(world.options());
  assert.deepEqual(best?.candidate, {
    backend: "native",
    workers: 2,
    threads: 1,
    maxBatchSize: 32,
  });
  assert.deepEqual(skipped, []);
  assert.equal(trials.length, 8); // 4 candidates, and 2 batch sizes of the best 2
  const point = best && bestPoint(best, 50);
  assert.deepEqual([point?.callers, point?.throughput], [16, 1200]);
  assert.deepEqual([world.open, world.most], [0, 1]);
});

for (const totalMs of [5_000, 20_000, 120_000]) {
  test(`search() ends within ${totalMs / 1000} s, and says what it skipped`, async () => {
    const world = new World();
    const { trials, skipped } = await search(world.options({ totalMs }));
    // Of the last server, the start and the shortest measurements may be over the time.
    assert.ok(world.now <= totalMs + START_MS + 8 * 300, `${world.now} ms`);
    const tried = new Set([...trials.map(({ candidate }) => nameOf(candidate))]);
    assert.ok(skipped.every((candidate) => !tried.has(nameOf(candidate))));
    assert.equal(tried.size + skipped.length >= 4, true);
  });
}

test("search() goes on after candidates that cannot be served", async () => {
  const world = new World();
  const options = world.options();
  const serve: SearchOptions["serve"] = async (candidate) => {
    if (candidate.backend === "native") throw new Error("onnxruntime-node is not installed");
    return await options.serve(candidate);
  };
  const { trials, best } = await search({ ...options, serve });
  assert.equal(best?.candidate.backend, "wasm");
  const errors = trials.flatMap(({ error }) => error ?? []);
  assert.deepEqual(errors, new Array(2).fill("onnxruntime-node is not installed"));
});

test("search() without a candidate that can be served finds none", async () => {
  const serve = () => Promise.reject(new Error("no such file"));
  const found = await search(new World().options({ serve }));
  assert.equal(found.best, undefined);
  assert.match(reportText(found, 50, 80), /no such file[\s\S]*No candidate could be served/);
});

test("search() ends at an error that every candidate would have", async () => {
  const world = new World();
  const serve = async () => {
    world.open += 1;
    throw new NothingToCall("the server has several APIs");
  };
  await assert.rejects(search(world.options({ serve })), /several APIs/);
  assert.equal(world.open, 1);
});

test("search() prefers the fastest where none is within the latency, and says so", async () => {
  const found = await search(new World().options({ maxP99: 1 }));
  assert.equal(found.best?.candidate.backend, "native");
  assert.match(reportText(found, 1, 80), /too slow: p99 [\s\S]*within 1 ms. The fastest:/);
});

test("search() stops at an interrupt, and closes the server", async () => {
  const controller = new AbortController();
  const world = new World();
  const found = await search({
    ...world.options({ signal: controller.signal }),
    onTrial: () => controller.abort(),
  });
  assert.deepEqual([found.trials.length, world.open], [1, 0]);
  assert.equal(found.skipped.length, 5);
});

test("a trial with failures is not the best", () => {
  const candidate = { backend: "wasm", workers: 1, threads: 1 };
  const point = (failed: number): Point => {
    return { callers: 8, throughput: 100, p50: 1, p99: 2, failed };
  };
  assert.equal(bestPoint({ candidate, points: [point(1)] }, 10), undefined);
  assert.equal(bestPoint({ candidate, points: [point(0)] }, 10)?.throughput, 100);
});

test("candidatesOf() leaves out what has far more threads than cores", () => {
  const made = candidatesOf({ backends: ["wasm"], workers: [1, 4], threads: [1, 4] }, 4);
  const pairs = made.map(({ workers, threads }) => [workers, threads]);
  assert.deepEqual(pairs, [
    [1, 1],
    [1, 4],
    [4, 1],
  ]);
  assert.deepEqual([upToCores(1), upToCores(2), upToCores(8)], [[1], [1, 2], [1, 4, 8]]);
});

test("curveLines() draws each point in order of throughput", () => {
  const points = [1, 2, 4, 8].map((callers): Point => {
    return { callers, throughput: 100 * callers, p50: 1, p99: 2 * callers, failed: 0 };
  });
  for (const columns of [40, 80]) {
    const lines = curveLines(points, columns);
    assert.ok(
      lines.every((line) => line.length <= Math.max(columns, 65)),
      lines.join("\n"),
    );
    const at = (callers: number): [x: number, y: number] => {
      const y = lines.findIndex((line) => line.includes(`● ${callers}`));
      return [lines[y]?.indexOf(`● ${callers}`) ?? -1, y];
    };
    for (const [one, more] of [
      [1, 2],
      [2, 4],
      [4, 8],
    ] as const) {
      assert.ok(at(one)[0] < at(more)[0] && at(one)[1] > at(more)[1], lines.join("\n"));
    }
  }
  assert.deepEqual(curveLines(points.slice(0, 1), 80), []);
});

test("reportText() has a table, the curve and the settings", async () => {
  const found: Found = await search(new World().options());
  const text = reportText(found, 50, 80);
  assert.match(text, /^backend +workers +threads +batch +calls\/s +callers +p50 +p99$/m);
  assert.match(text, /^native +2 +1 +32 +1200 +32 /m);
  assert.match(text, /^The best within 50 ms: 1200 calls\/s with 16 callers/m);
  assert.ok(text.endsWith(yamlOf(found.best?.candidate as Candidate)));
});
