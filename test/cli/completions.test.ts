/** The completions of bash, by bash itself; those of other shells by what they name. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { runCli } from "../support/cli.ts";

/** What bash offers for words, of which the last one is to be completed. */
function offered(script: string, words: readonly string[]): readonly string[] {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const ask = `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _ekiben`;
  const { stdout, stderr } = spawnSync("bash", [
    "-c",
    `${script}\n${ask}; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ]);
  assert.equal(String(stderr), "");
  return String(stdout).trim().split("\n");
}

test("ekiben completions bash completes commands, flags and their values", async () => {
  const { code, output } = await runCli(["completions", "bash"]);
  assert.equal(code, 0);
  for (const [words, wanted] of [
    [
      ["ekiben", "serve"],
      ["serve", "serve-http", "serve-grpc"],
    ],
    [["ekiben", "serve", "--one"], ["--one-port"]],
    [["ekiben", "dev", "--isolation", "p"], ["process"]],
    [["ekiben", "models", "im"], ["import"]],
  ] as const) {
    assert.deepEqual([...offered(output, words)].sort(), [...wanted].sort(), words.join(" "));
  }
});

for (const [shell, lines] of [
  [
    "zsh",
    [/^compdef _ekiben ekiben$/m, /'serve:Serve a service /, /'\*--isolation=\[.*\(threads /],
  ],
  ["fish", [/ -a serve -d 'Serve a service /, /from serve' -l isolation -x -a 'threads process/]],
] as const) {
  test(`ekiben completions ${shell} names commands, flags and their values`, async () => {
    const { code, output } = await runCli(["completions", shell]);
    assert.equal(code, 0);
    for (const line of lines) assert.match(output, line);
  });
}
