/** The README's commands and code, run as someone who has just found the project would. */
import assert from "node:assert/strict";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { copyOfProject, rootPath, temporaryFolder } from "./checkout.ts";
import { blank, three } from "./digits.ts";
import { environment, machineWith, type Tool } from "./environment.ts";
import { blocksIn, type Command, commandsOf } from "./page.ts";
import { run, shell } from "./process.ts";
import { post, startServer, stopServer } from "./server.ts";

const blocks = blocksIn("README.md");
const commands = blocks.flatMap((_, at) => commandsOf(blocks, at));

/** The commands below a heading. */
function commandsIn(section: string): readonly Command[] {
  return commands.filter((command) => command.section === section);
}

/** How each command of a section is tried; a command that is not in here fails a test. */
const known: Readonly<Record<string, RegExp>> = {
  Run: /^(bun run|deno task|npx --yes bun run) serve$/,
  Call: /^curl /,
  "Write a service": /^bun run ekiben serve (hello\/service\.ts|\S+\.onnx|--help)$/,
  Test: /^npx --yes bun run test(:system)?$/,
};

test("README.md has no command that is not tried", () => {
  for (const { section, line } of commands) {
    assert.match(line, known[section] ?? /$^/, `Nobody tries "${line}" in "${section}"`);
  }
  assert.deepEqual([...new Set(commands.map(({ section }) => section))], Object.keys(known));
  const languages = new Set(blocks.map(({ language }) => language));
  assert.deepEqual([...languages].sort(), ["json", "sh", "ts"]);
  assert.deepEqual(
    commandsIn("Run").map(({ line }) => line),
    starts.map(({ command }) => command),
  );
});

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
        .filter((line) => !(line === "" || /\bINF\b\W+ekiben\b/.test(line) || chatter.test(line)));
      assert.deepEqual(strange, [], output);
    };
    {
      await using server = await startServer(shell(command), place);
      for (const each of commandsIn("Call")) await checkCall(each, cwd, folder.path);
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

test("README.md: its service is what its commands serve", async () => {
  using folder = temporaryFolder();
  const cwd = copyOfProject(folder);
  writeService(cwd);
  const machines = { bun: machineWith("bun", folder.path), deno: machineWith("deno", folder.path) };
  for (const { line } of commandsIn("Write a service")) {
    const place = { cwd, env: machines.bun };
    if (line.endsWith(" --help")) {
      const { code, output } = await run(shell(line), place);
      assert.equal(code, 0, output);
      assert.match(output, /--port <number>.*EKIBEN_PORT/s);
      continue;
    }
    const onDeno = line.replace("bun run", "deno task");
    for (const each of [shell(line), shell(onDeno)]) {
      const env = each.includes(`exec ${onDeno}`) ? machines.deno : machines.bun;
      await using server = await startServer(each, { cwd, env });
      await (line.endsWith(".onnx") ? checkModel() : checkHello());
      const { code, output } = await stopServer(server, "SIGTERM", "process");
      assert.equal(code, 0, output);
    }
  }
});

test("README.md: its service compiles, and with a misspelt method it does not", async () => {
  using folder = temporaryFolder();
  const cwd = copyOfProject(folder);
  writeService(cwd);
  const file = join(cwd, "hello/service.ts");
  const config = { extends: "./tsconfig.json", include: ["hello"] };
  writeFileSync(join(cwd, "tsconfig.hello.json"), JSON.stringify(config));
  const place = { cwd, env: environment() };
  symlinkSync(join(rootPath, "node_modules"), join(cwd, "node_modules"));
  const compile = [process.execPath, "x", "tsc", "-p", "tsconfig.hello.json"];
  const whole = await run(compile, place);
  assert.equal(whole.code, 0, whole.output);
  writeFileSync(
    file,
    readFileSync(file, "utf8").replace("classifier.classify(", "classifier.read("),
  );
  const misspelt = await run(compile, place);
  assert.match(misspelt.output, /hello\/service\.ts.*Property 'read' does not exist/);
});

test("README.md names scripts that exist", () => {
  const manifest = JSON.parse(readFileSync(join(rootPath, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  for (const { line } of commandsIn("Test")) {
    const [, script = ""] = /bun run (\S+)$/.exec(line) ?? [];
    assert.ok(script in manifest.scripts, `package.json has no script "${script}"`);
  }
});

/** Runs a curl command as it is; its settings file adds the status to what it prints. */
async function checkCall({ line, answer }: Command, cwd: string, home: string): Promise<void> {
  writeFileSync(join(home, ".curlrc"), 'silent\nshow-error\nwrite-out = "\\n%{http_code}"\n');
  const { code, output } = await run(shell(line), {
    cwd,
    env: { ...environment(), CURL_HOME: home },
  });
  assert.equal(code, 0, `${line}\n${output}`);
  const [, body = "", status = ""] = /^(.*)\n(\d{3})$/s.exec(output) ?? [];
  if (answer === undefined) {
    assert.match(status, /^2\d\d$/, `${line}\n${output}`);
    return;
  }
  JSON.parse(body);
  const shown = answer.lines
    .join("\n")
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  assert.match(body, new RegExp(`^${shown.join(".+")}$`, "s"), line);
}

/** Writes the README's files into a copy of the project: each block begins with its path. */
function writeService(cwd: string): void {
  for (const { lines, path } of blocks.filter(({ language }) => language === "ts")) {
    assert.ok(path !== undefined, `A block must begin with its path, but began with ${lines[0]}`);
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), lines.join("\n"));
  }
}

async function checkHello(): Promise<void> {
  const digit = await post("/brightest", await three());
  assert.deepEqual(digit, { status: 200, body: { digit: 3 } });
  const { status, body } = await post("/brightest", blank());
  assert.equal(status, 422);
  assert.match(JSON.stringify(body), /There is nothing drawn in the picture/);
}

async function checkModel(): Promise<void> {
  const { status, body } = await post("/predict", { image: [[await three()]] });
  assert.equal(status, 200, JSON.stringify(body));
  const { probabilities } = body as { readonly probabilities: readonly (readonly number[])[] };
  const [scores = []] = probabilities;
  assert.equal(scores.indexOf(Math.max(...scores)), 3);
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
