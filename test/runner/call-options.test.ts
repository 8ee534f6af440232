import assert from "node:assert/strict";
import { test } from "node:test";
import { checkCallOptions } from "../../src/runner/call-options.ts";
import { settled } from "./fake-workers.ts";
import { started } from "./moody-runner.ts";
import { poolBench } from "./pool/fake-threads.ts";

const { signal } = new AbortController();
const right: [string, object | undefined][] = [
  ["nothing", undefined],
  ["no options", {}],
  ["a signal", { signal }],
  ["a signal that is undefined", { signal: undefined }],
  ["a deadline", { deadlineAt: 1_000 }],
  ["no end", { signal, deadlineAt: Number.POSITIVE_INFINITY }],
  ["a listener alone", { onCall: () => {} }],
  ["undefined options alone", { deadlineAt: undefined }],
  ["a lane alone", { lane: "bulk" }],
  ["a caller without a name", { caller: "" }],
  ["a caller with a long name", { caller: "x".repeat(100_000) }],
  ["a deadline that has always passed", { deadlineAt: Number.NEGATIVE_INFINITY }],
  ["a context", { requestId: "1", headers: new Headers(), signal, deadlineAt: 5 }],
];
for (const [what, options] of right) {
  test(`checkCallOptions() accepts ${what}`, () => {
    assert.equal(checkCallOptions("x.y()", options) === options, options !== undefined);
  });
}

const wrong: [string, unknown, RegExp][] = [
  ["an AbortSignal", signal, /it was an AbortSignal; write \{ signal \}$/],
  ["a number", 0, /it was a number$/],
  ["null", null, /it was null$/],
  ["an array", [1], /it was an array$/],
  ["a second tensor", { dtype: "int8", shape: [0] }, /it had neither, but "dtype", "shape"$/],
  ["other options", { timeoutMs: 5 }, /it had neither, but "timeoutMs"$/],
  ["a listener that is a text", { onCall: "1" }, /"onCall" was not a function$/],
  ["an old signal", { signal: { aborted: false, addEventListener() {} } }, /"signal" was not an/],
  ["a controller as the signal", { signal: new AbortController() }, /"signal" was not an/],
  ["a deadline that is a text", { deadlineAt: "1" }, /"deadlineAt" was 1, not a number/],
  ["a deadline that is no number", { deadlineAt: Number.NaN }, /"deadlineAt" was NaN/],
  ["an unknown lane", { lane: "slow" }, /"lane" was "slow", not "interactive" or "bulk"$/],
  ["a lane of an object's own", { lane: "__proto__" }, /"lane" was "__proto__", not "inter/],
  ["a lane that is null", { lane: null }, /"lane" was null, not "interactive" or "bulk"$/],
  ["a lane that is an object", { lane: Object.create(null) }, /"lane" was an object, not "int/],
  ["a caller that is a number", { caller: 7 }, /"caller" was 7, not a string$/],
  ["a caller that is a symbol", { caller: Symbol("x") }, /"caller" was Symbol\(x\), not a string$/],
  ["an answer that takes a text", { answerMs: "5" }, /"answerMs" was "5", not a number of mill/],
  ["an answer that takes no number", { answerMs: Number.NaN }, /"answerMs" was NaN, not a number/],
  ["an answer that is never there", { answerMs: Number.POSITIVE_INFINITY }, /"answerMs" was Inf/],
  [
    "an answer before its time",
    { answerMs: -1 },
    /"answerMs" was -1, not a number of milliseconds/,
  ],
  ["a deadline of Date.now()", { deadlineAt: Date.now() }, /use performance\.now\(\)$/],
];
for (const [what, options, message] of wrong) {
  test(`checkCallOptions() refuses ${what}`, () => {
    assert.throws(() => checkCallOptions("moody.echo()", options), {
      name: "TypeError",
      message: new RegExp(
        `^The second argument of moody\\.echo\\(\\) must be .*: .*${message.source}`,
      ),
    });
  });
}

test("runner() rejects a call with a wrong second argument, which is not run", async () => {
  await using fixture = await started();
  const { moods } = fixture;
  const echo = moods.echo as (input: unknown, index: unknown) => Promise<unknown>;
  await assert.rejects(Promise.all([1, 2].map(echo)), /second argument of moody\.echo\(\)/);
});

test("runner() aborts a call by a joined signal", async () => {
  await using fixture = await started();
  const context = { signal: new AbortController().signal, deadlineAt: performance.now() + 60_000 };
  const own = new AbortController();
  const joined = { ...context, signal: AbortSignal.any([context.signal, own.signal]) };
  const call = fixture.moods.never(undefined, joined);
  own.abort(new Error("mine"));
  await assert.rejects(call, { message: "mine" });
});

test("Pool runs no call whose deadline has passed while it waited", async () => {
  const { run, clock, threads, inputs } = await poolBench();
  const running = run("plain", 1);
  await settled();
  const late = assert.rejects(run("plain", 2, { deadlineAt: clock.now() + 10 }), {
    code: "unavailable",
    message: 'Runner "fake" is overloaded: the call could not be answered in time',
  });
  const next = run("plain", 3, { deadlineAt: clock.now() + 50 });
  await settled();
  clock.advance(20);
  await threads[0]?.answer();
  await late;
  assert.deepEqual(inputs(), [[3]]);
  await threads[0]?.answer();
  assert.deepEqual(await Promise.all([running, next]), [1, 3]);
});
