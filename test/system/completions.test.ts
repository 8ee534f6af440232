/** The completions of each shell, by the shell itself. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../project/checkout.ts";
import { runCli } from "../support/cli.ts";

const ZSH = fileURLToPath(new URL("fixtures/offered.zsh", import.meta.url));

/** Runs a shell in a folder with the file `choice.ts` and the folder `chosen`. */
function run(folder: string, program: string, args: readonly string[]): readonly string[] {
  const env = { ...process.env, HOME: folder, TMPDIR: folder, TERM: "dumb" };
  const { stdout, stderr, error } = spawnSync(program, args, {
    cwd: join(folder, "work"),
    env,
    timeout: 300_000,
  });
  assert.equal(error, undefined, `apt-get install ${program}`);
  assert.equal(String(stderr), "");
  return String(stdout).split("\n");
}

/** How each shell is asked: for a line, of whose last word it offers the rest. */
const SHELLS: Readonly<
  Record<string, (folder: string, script: string, line: string) => readonly string[]>
> = {
  bash(folder, script, line) {
    // The words of bash, which ends one at "=".
    const words = line.split(/ |(=)/).filter((word) => word !== undefined);
    const quoted = words.map((word) => `'${word}'`).join(" ");
    const ask = `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _ekiben`;
    return run(folder, "bash", [
      "-c",
      `source ${script}; ${ask}; printf '%s\n' "\${COMPREPLY[@]}"`,
    ]);
  },
  zsh(folder, script, line) {
    const lines = run(folder, "zsh", ["-f", ZSH, script, line]);
    return lines.flatMap((each) => /<word>(.*)<\/word>/.exec(each)?.[1] ?? []);
  },
  fish(folder, script, line) {
    const lines = run(folder, "fish", ["-N", "-c", `source ${script}; complete -C '${line}'`]);
    return lines.map((each) => each.split("\t")[0]?.replace(/^--\w+=/, "") ?? "");
  },
};

/** Lines and the words that are offered for their ends. */
const CASES: readonly (readonly [line: string, words: readonly string[]])[] = [
  ["ekiben ser", ["serve", "serve-grpc", "serve-http"]],
  ["ekiben cho", []],
  ["ekiben serve --one", ["--one-port"]],
  ["ekiben serve --isolation ", ["inline", "process", "threads", "web"]],
  ["ekiben dev --isolation p", ["process"]],
  ["ekiben dev --isolation=p", ["process"]],
  ["ekiben serve --api-key a --api-key", ["--api-key", "--api-keys-file"]],
  ["ekiben models im", ["import"]],
  ["ekiben completions z", ["zsh"]],
  ["ekiben serve choi", ["choice.ts"]],
  ["ekiben serve --config choi", ["choice.ts"]],
];

for (const [shell, offered] of Object.entries(SHELLS)) {
  test(`${shell} completes the command line`, async () => {
    using folder = temporaryFolder();
    const script = join(folder.path, "completions");
    const { code, output } = await runCli(["completions", shell]);
    assert.equal(code, 0, output);
    writeFileSync(script, output);
    mkdirSync(join(folder.path, "work", "chosen"), { recursive: true });
    writeFileSync(join(folder.path, "work", "choice.ts"), "");
    for (const [line, words] of CASES) {
      const found = offered(folder.path, script, line).filter((word) => word !== "");
      assert.deepEqual([...new Set(found)].sort(), words, line);
    }
  });
}
