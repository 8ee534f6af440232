/** The release script, in a repository of its own. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { copyOfProject, temporaryFolder } from "./checkout.ts";
import { environment } from "./environment.ts";
import { type Ended, run } from "./process.ts";

const NEXT = "99.1.0";

test("release.ts sets every version, dates the changelog, commits and tags", async () => {
  using folder = temporaryFolder();
  const cwd = copyOfProject(folder);
  const who = { NAME: "Somebody", EMAIL: "somebody@example.com" };
  const names = Object.entries(who).flatMap(([name, value]) => [
    [`GIT_AUTHOR_${name}`, value],
    [`GIT_COMMITTER_${name}`, value],
  ]);
  const place = { cwd, env: { ...environment(), ...Object.fromEntries(names) } };
  const git = async (...args: readonly string[]): Promise<string> =>
    succeeded(await run(["git", ...args], place)).trim();
  const release = (...args: readonly string[]): Promise<Ended> =>
    run([process.execPath, ".ci/release.ts", ...args], place);

  await git("init", "--quiet");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "All");
  assert.match(
    (await release("1.x")).output,
    /A version such as 1\.2\.3 is wanted, but was "1\.x"/,
  );
  assert.match((await release(NEXT)).output, /CHANGELOG\.md says nothing of 99\.1\.0/);
  assert.equal(await git("status", "--porcelain"), "", "what is refused changes nothing");

  const file = join(cwd, "CHANGELOG.md");
  const log = readFileSync(file, "utf8");
  writeFileSync(
    file,
    log.replace("## [Unreleased]\n", "## [Unreleased]\n\n### Fixed\n\n- A bug.\n"),
  );
  assert.match((await release(NEXT)).output, /There are changes: commit them first/);
  await git("commit", "--all", "--quiet", "--message", "Fix a bug");
  succeeded(await release(NEXT));
  assert.equal(
    await git("log", "-1", "--format=%s %D"),
    `Release ${NEXT} HEAD -> ${await branch()}, tag: v${NEXT}`,
  );
  for (const name of ["package.json", "create-ekiben/package.json", "deno.json"]) {
    const { version } = JSON.parse(readFileSync(join(cwd, name), "utf8")) as { version: string };
    assert.equal(version, NEXT, name);
  }
  assert.match(readFileSync(join(cwd, "src/version.ts"), "utf8"), /"99\.1\.0"/);
  succeeded(await release("--check", `v${NEXT}`));
  assert.equal(succeeded(await release("--notes", `v${NEXT}`)), "### Fixed\n\n- A bug.\n");
  assert.match(
    (await release("--check", "v99.1.1")).output,
    /package\.json has the version 99\.1\.0/,
  );
  assert.match((await release(NEXT)).output, /There is a tag v99\.1\.0/);

  async function branch(): Promise<string> {
    return await git("branch", "--show-current");
  }
});

function succeeded({ code, output }: Ended): string {
  assert.equal(code, 0, output);
  return output;
}
