/** The examples of every page in docs/, run as a reader would. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { PROBES } from "../../src/http/health.ts";
import { projectFiles, rootPath, temporaryFolder } from "./checkout.ts";
import { environment } from "./environment.ts";
import { EXCEPTIONS } from "./exceptions.ts";
import { blocksIn, commandsOf, pages } from "./page.ts";
import { play, Stage, writeFiles } from "./play.ts";
import { run } from "./process.ts";

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const stage = new Stage(folder);
for (const page of pages()) writeFiles(stage, page);

for (const page of pages()) {
  test(`${page}: its examples do what it says`, async () => {
    const own = EXCEPTIONS.filter((each) => each.page === page);
    await play(stage, page, own);
    const blocks = blocksIn(page);
    const texts = blocks.flatMap(({ lines }, at) => [
      lines[0] ?? "",
      ...commandsOf(blocks, at).map(({ line }) => line),
    ]);
    for (const { pattern, reason } of own) {
      assert.ok(
        texts.some((text) => pattern.test(text)),
        `Nothing is left out since ${reason}`,
      );
    }
  });
}

test("docs/: its code compiles as a user's does", async () => {
  const config = {
    extends: join(rootPath, "tsconfig.json"),
    compilerOptions: { noUnusedLocals: false, preserveSymlinks: false },
    include: ["*/**/*.ts"],
  };
  writeFileSync(join(stage.path, "tsconfig.json"), JSON.stringify(config));
  for (const page of pages().filter((each) =>
    existsSync(join(stage.folderOf(each), "buf.gen.yaml")),
  )) {
    const there = { cwd: stage.folderOf(page), env: stage.environment };
    const { code, output } = await run(["npx", "buf", "generate"], there);
    assert.equal(code, 0, output);
  }
  const place = { cwd: stage.path, env: environment() };
  const { code, output } = await run([process.execPath, "x", "tsc", "-p", "."], place);
  assert.equal(code, 0, output);
});

test("pages link to files and headings that are there", () => {
  for (const page of projectFiles().filter((file) => file.endsWith(".md"))) {
    const text = readFileSync(join(rootPath, page), "utf8");
    for (const [link, to = "", heading] of text.matchAll(/\]\(([^)#\s]*)(?:#([^)\s]+))?\)/g)) {
      if (/^https?:/.test(to)) continue;
      const file = to === "" ? join(rootPath, page) : join(rootPath, dirname(page), to);
      assert.ok(existsSync(file), `${page} has the link ${link}, and there is no ${file}`);
      if (heading === undefined) continue;
      const known = anchorsOf(readFileSync(file, "utf8"));
      assert.ok(known.includes(heading), `${page} has the link ${link}, but only ${known}`);
    }
  }
});

test("docs/deployment.md: its probes are served on the port that it names", () => {
  const probes = blocksIn("docs/deployment.md").find(({ path }) => path === "probes.yaml");
  const text = probes?.lines.join("\n") ?? "";
  const paths = [...text.matchAll(/path: (\S+),/g)].map(([, path = ""]) => path);
  assert.ok(paths.length > 0 && paths.every((path) => PROBES.some((each) => each === path)), text);
  assert.equal(text.match(/port: 3000\b/g)?.length, paths.length);
});

/** What a build makes. */
const BUILT: readonly string[] = ["dist/"];

test("src/README.md names files and folders that are there", () => {
  const files = projectFiles().map((file) => `/${file}`);
  const text = readFileSync(join(rootPath, "src/README.md"), "utf8");
  const named = [...text.matchAll(/`(\w[-\w./]*(?:\.(?:ts|json|md)|\/))`/g)].map(
    ([, name = ""]) => name,
  );
  assert.ok(named.length > 50, `Only ${named}`);
  for (const name of named.filter((each) => !BUILT.includes(each))) {
    const isThere = name.endsWith("/")
      ? files.some((file) => file.includes(`/${name}`))
      : files.some((file) => file.endsWith(`/${name}`));
    assert.ok(isThere, `There is no ${name}`);
  }
});

/** The anchors of the headings of a page, as GitHub makes them. */
function anchorsOf(markdown: string): readonly string[] {
  const withoutCode = markdown.replace(/^```.*?^```/gms, "");
  return [...withoutCode.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- ]/gu, "")
      .replaceAll(" ", "-"),
  );
}
