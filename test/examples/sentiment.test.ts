import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startCli } from "../support/cli.ts";
import { samplesIn } from "../support/exposition.ts";
import { root } from "../support/runtimes.ts";

const service = fileURLToPath(new URL("examples/sentiment/service.ts", root));

/** Texts, and whether they are positive. */
const texts: readonly (readonly [text: string, positive: boolean])[] = [
  ["I love it. The waiters were friendly!", true],
  ["It was terrible. I hate it.", false],
  // The mean of the sentences decides, not their number.
  ["It was okay. It was okay. It was a horrible, disgusting, awful disaster!!!", false],
  ["The train leaves at nine.", false],
  // One endless word: without a limit, VADER would take years.
  [`I love it, ${"A".repeat(50_000)}a`, true],
  [`Great! ${"9".repeat(99_000)}`, true],
];

/** Texts that it refuses, with the status. */
const refused: readonly (readonly [text: string, status: number, words: RegExp])[] = [
  ["", 400, /empty: send a sentence/],
  [" \n", 400, /empty: send a sentence/],
  ["x".repeat(100_001), 413, /100001 characters: send at most 100000/],
];

async function analyse(url: string, body: string): Promise<{ status: number; answer: unknown }> {
  const response = await fetch(`${url}/analysis`, { method: "POST", body });
  return { status: response.status, answer: await response.json() };
}

test("examples/sentiment finds positive texts, and counts texts by polarity", async () => {
  await using server = await startCli(["serve", service]);
  for (const [text, positive] of texts) {
    const { status, answer } = await analyse(server.url, text);
    assert.equal(status, 200, JSON.stringify(answer));
    assert.deepEqual(answer, { is_positive: positive }, text.slice(0, 80));
  }
  for (const [text, status, words] of refused) {
    const answered = await analyse(server.url, text);
    assert.equal(answered.status, status);
    assert.match(JSON.stringify(answered.answer), words);
  }
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const positive = texts.filter(([, is]) => is).length;
  assert.deepEqual(samplesIn(metrics, "polarity_total"), {
    'polarity_total{polarity="True"}': positive,
    'polarity_total{polarity="False"}': texts.length - positive,
  });
  const durations = Object.entries(samplesIn(metrics, "inference_duration_"));
  for (const [name] of durations) assert.match(name, /sentiment_cls="SentimentIntensityAnalyzer"/);
  const counts = durations.filter(([name]) => name.startsWith("inference_duration_count"));
  assert.deepEqual(
    counts.map(([, value]) => value),
    [texts.length],
  );
});

test("examples/sentiment/README.md shows the answers of its commands", async () => {
  const readme = readFileSync(new URL("examples/sentiment/README.md", root), "utf8");
  const shown = [...readme.matchAll(/^(curl .+)\n```\n\n```json\n(.+)\n```$/gm)];
  assert.equal(shown.length, readme.match(/^curl /gm)?.length);
  await using server = await startCli(["serve", service]);
  for (const [, command = "", answer] of shown) {
    const line = command.replace("http://localhost:3000", server.url);
    const printed = execFileSync("sh", ["-c", `${line} --silent --show-error`]);
    assert.equal(printed.toString(), answer, command);
  }
});
