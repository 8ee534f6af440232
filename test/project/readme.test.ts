/** The README's commands and code, run as by a new user. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { copyOfProject, rootPath, temporaryFolder } from "./checkout.ts";
import { blank, three } from "./digits.ts";
import { environment, machineWith, type Tool } from "./environment.ts";
import { blocksIn, commandsOf } from "./page.ts";
import { Stage, writeFiles } from "./play.ts";
import { run, shell } from "./process.ts";
import { post, type Served, startServer, stopServer } from "./server.ts";

const blocks = blocksIn("README.md");
const checkout = blocks
  .flatMap((_, at) => commandsOf(blocks, at))
  .filter(({ section }) => section === "Work on Ekiben")
  .map(({ line }) => line);

test("README.md has the commands of a checkout that are tried", () => {
  assert.deepEqual(checkout, [...starts.map(({ command }) => command), ...tests]);
});

/** What test/run.ts is started by; this test is a part of it. */
const tests: readonly string[] = ["npx --yes bun run test", "npx --yes bun run test:system"];

interface Start {
  readonly tool: Tool;
  readonly command: string;
  /** What it may print beside the server's own lines. */
  readonly chatter: RegExp;
  /** What it installs into the folder. */
  readonly installed?: string;
}

const installing = "Installing packages (the first run only)";
const starts: readonly Start[] = [
  { tool: "bun", command: "bun run serve", chatter: /$^/, installed: "node_modules/.installed" },
  { tool: "deno", command: "deno task serve", chatter: /^(Task|Download) / },
  {
    tool: "npm",
    command: "npx --yes bun run serve",
    chatter: /^npm warn /,
    installed: "node_modules/.installed",
  },
];

for (const { tool, command, chatter, installed } of starts) {
  test(`README.md: "${command}" installs, serves and stops with nothing but ${tool}`, async () => {
    using folder = temporaryFolder();
    const cwd = copyOfProject(folder);
    const files = snapshot(cwd);
    const place = { cwd, env: machineWith(tool, folder.path) };
    const checkLines = (output: string): void => {
      const strange = output
        .split("\n")
        .filter((line) => !(line === "" || isInformation(line) || chatter.test(line)));
      assert.deepEqual(strange, [], output);
    };
    {
      await using server = await startServer(shell(command), place);
      await checkDigit(server, cwd);
      const { code, signal, output } = await stopServer(server, "SIGTERM", "process");
      // npm passes the signal on and then dies of it; the server was still stopped as it should be.
      assert.equal(code ?? signal, tool === "npm" ? "SIGTERM" : 0, output);
      if (installed !== undefined) assert.equal(output.split(installing).length, 2, output);
      checkLines(output.replace(`${installing}\n`, ""));
    }
    // It has written packages, and nothing else: no lock file either.
    assert.deepEqual(snapshot(cwd), files);
    {
      const stamp = installed && statSync(join(cwd, installed)).mtimeMs;
      // As Ctrl-C in a terminal: everything in the foreground gets it.
      await using server = await startServer(shell(command), place);
      const { code, signal, output } = await stopServer(server, "SIGINT", "group");
      assert.equal(code ?? signal, tool === "npm" ? "SIGINT" : 0, output);
      assert.doesNotMatch(output, /Install|Download/);
      checkLines(output);
      assert.equal(installed && statSync(join(cwd, installed)).mtimeMs, stamp);
    }
  });
}

test("README.md: its service reads digits, and refuses other pictures", async () => {
  using folder = temporaryFolder();
  const stage = new Stage(folder);
  writeFiles(stage, "README.md");
  const place = { cwd: stage.folderOf("README.md"), env: environment() };
  const main = join(rootPath, "src/cli/main.ts");
  const command = [process.execPath, main, "serve", "service.ts"];
  await using server = await startServer(command, place);
  const digit = await post(server, "/read", await three());
  assert.deepEqual(digit, { status: 200, body: { digit: 3 } });
  const refused = [
    [blank(), 422, /There is nothing drawn in the picture/],
    [[[1]], 400, /\[28, 28\]/],
  ] as const;
  for (const [picture, wanted, message] of refused) {
    const { status, body } = await post(server, "/read", picture);
    assert.equal(status, wanted);
    assert.match(JSON.stringify(body), message);
  }
});

/** Changes of README.md's service.ts, and the error that each must be. */
const mistakes = [
  ["classifier.classify(", "classifier.read(", /Property 'read' does not exist/],
  ["return { digit: data.indexOf(Math.max(...data)) }", "return { digit: '3' }", /not assignable/],
] as const;

test("README.md: a method that does not exist, or a wrong output, does not compile", async () => {
  using folder = temporaryFolder();
  const stage = new Stage(folder);
  writeFiles(stage, "README.md");
  const cwd = stage.folderOf("README.md");
  const text = readFileSync(join(cwd, "service.ts"), "utf8");
  for (const [at, [right, wrong]] of mistakes.entries()) {
    assert.ok(text.includes(right), `README.md's service has no "${right}"`);
    writeFileSync(join(cwd, `mistake-${at}.ts`), text.replace(right, wrong));
  }
  const config = { extends: join(rootPath, "tsconfig.json"), include: ["*.ts"] };
  writeFileSync(join(cwd, "tsconfig.json"), JSON.stringify(config));
  const compile = [process.execPath, "x", "tsc", "-p", "."];
  const { output } = await run(compile, { cwd, env: environment() });
  for (const [at, [, , error]] of mistakes.entries()) {
    const own = output.split("\n").filter((line) => line.startsWith(`mistake-${at}.ts`));
    assert.match(own.join("\n"), error, output);
  }
  assert.doesNotMatch(output, /^(service|digits)\.ts/m);
});

test("README.md names scripts that exist", () => {
  const manifest = JSON.parse(readFileSync(join(rootPath, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  for (const line of checkout) {
    const [, script = ""] = /(?:bun run|deno task) (\S+)$/.exec(line) ?? [];
    assert.ok(script in manifest.scripts, `package.json has no script "${script}"`);
  }
});

/** Calls the service of examples/mnist as its page does. */
async function checkDigit(server: Served, cwd: string): Promise<void> {
  const page = blocksIn("examples/mnist/README.md");
  const [{ line = "", answer } = {}] = page.flatMap((_, at) => commandsOf(page, at));
  const command = shell(line.replace("localhost:3000", `localhost:${server.port}`));
  const { code, output } = await run(command, { cwd, env: environment() });
  assert.equal(code, 0, output);
  const [start = "", end = ""] = answer?.lines[0]?.split("…") ?? [];
  assert.equal(start, '{"digit":3,"scores":[');
  assert.ok(output.includes(start) && output.endsWith(end), output);
}

/** Every file but those of packages, and when it was last written. */
function snapshot(cwd: string): string[] {
  return readdirSync(cwd, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(join(cwd, "node_modules/")))
    .map((file) => `${file} ${statSync(file).mtimeMs}`)
    .sort();
}

/** Returns true for a line of the log without a warning, as JSON: there is no terminal. */
function isInformation(line: string): boolean {
  return /^\{"time":"[^"]+","level":"info","category":"ekiben/.test(line);
}
