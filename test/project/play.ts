/**
 * Plays a page of the documentation as a reader would: writes its files into an empty folder, runs
 * its commands in their order, and compares what they print with what the page shows.
 */
import assert from "node:assert/strict";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { binaries } from "../support/runtimes.ts";
import { rootPath, type TemporaryFolder } from "./checkout.ts";
import { environment } from "./environment.ts";
import { type Block, blocksIn, type Command, commandsOf, isAnswerOf } from "./page.ts";
import { eventually, type Place, type Started, shell, start } from "./process.ts";

/** What is done with blocks and commands that are not played, and why. */
export interface Exception {
  readonly page: string;
  /** Fits a command, or the first line of a block. */
  readonly pattern: RegExp;
  readonly reason: string;
}

/** Runs the commands of packages as npx does, and that of this one from its source. */
const NPX = `#!/bin/sh
command=$1
shift
[ "$command" = ekiben ] && exec bun "${join(rootPath, "src/cli/main.ts")}" "$@"
export PATH="${join(rootPath, "node_modules/.bin")}:$PATH"
exec "$command" "$@"
`;

/** `npm create ekiben` and `npm start`, without a registry. */
const NPM = `#!/bin/sh
case "$1 $2" in
  "create ekiben") shift 2; exec npx ekiben init "$@" ;;
  "start ") exec npx ekiben serve ;;
esac
echo "There is no npm $*"
exit 9
`;

/** The folder in which pages are played: each has one of its own in it. */
export class Stage {
  readonly #folder: TemporaryFolder;

  constructor(folder: TemporaryFolder) {
    this.#folder = folder;
    const packages = join(folder.path, "node_modules");
    mkdirSync(join(packages, ".bin"), { recursive: true });
    const own = join(rootPath, "node_modules");
    for (const name of readdirSync(own)) {
      if (!name.startsWith(".")) symlinkSync(join(own, name), join(packages, name));
    }
    symlinkSync(rootPath, join(packages, "ekiben"));
    const manifest = { name: "pages", type: "module", private: true };
    writeFileSync(join(folder.path, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(folder.path, ".curlrc"), "silent\nshow-error\n");
    mkdirSync(join(folder.path, "bin"));
    const { deno, node } = binaries();
    const programs = { bun: process.execPath, deno, node, python3: "/usr/bin/python3" };
    for (const [name, file] of Object.entries(programs)) {
      symlinkSync(file, join(folder.path, "bin", name));
    }
    writeFileSync(join(folder.path, "bin/npx"), NPX, { mode: 0o755 });
    writeFileSync(join(folder.path, "bin/npm"), NPM, { mode: 0o755 });
  }

  get path(): string {
    return this.#folder.path;
  }

  /** The folder of a page. */
  folderOf(page: string): string {
    return join(this.path, page.replace(".md", "").replaceAll("/", "-"));
  }

  /** The environment of its commands: servers take any free port. */
  get environment(): NodeJS.ProcessEnv {
    return {
      ...environment(),
      PATH: [join(this.path, "bin"), process.env["PATH"]].join(delimiter),
      CURL_HOME: this.path,
      EKIBEN_PORT: "0",
      EKIBEN_METRICS_PORT: "0",
    };
  }
}

/** Writes the files of a page, and those that it takes from the examples. */
export function writeFiles(stage: Stage, page: string): void {
  const folder = stage.folderOf(page);
  mkdirSync(folder);
  const example = join(rootPath, "examples/mnist");
  copyFileSync(join(example, "mnist-cnn.onnx"), join(folder, "model.onnx"));
  copyFileSync(join(example, "digits/digit-3-a.png"), join(folder, "three.png"));
  const seen = new Set<string>();
  for (const { path, lines } of blocksIn(page)) {
    if (path === undefined) continue;
    assert.ok(!seen.has(path), `${page} has two files ${path}`);
    seen.add(path);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${withFreePorts(lines.join("\n"))}\n`);
  }
}

/** Code that opens a port opens any free one. */
function withFreePorts(text: string): string {
  return text.replace(/\bport: \d{4}\b/g, "port: 0").replace(/--port \d{4}\b/g, "--port 0");
}

/** Plays a page. What it does not play, an exception must name. */
export async function play(
  stage: Stage,
  page: string,
  exceptions: readonly Exception[],
): Promise<void> {
  const blocks = blocksIn(page);
  const isLeft = (text: string): boolean => exceptions.some(({ pattern }) => pattern.test(text));
  await using player = new Player(stage, page);
  const unused = new Set(blocks.flatMap(({ path }) => (path === undefined ? [] : [path])));
  for (const [at, block] of blocks.entries()) {
    const first = block.lines[0] ?? "";
    const commands = commandsOf(blocks, at);
    for (const command of commands) {
      if (!isLeft(command.line)) await player.run(command);
      for (const path of unused) if (command.line.split(" ").includes(path)) unused.delete(path);
      // Of several ways to start a server, each is called as the last one is.
      if (command === commands.at(-1) || !isServer(command)) continue;
      const clients = commandsOf(blocks, at + 1).filter((each) => isClient(each, command));
      for (const client of clients) await player.run(client);
    }
    const isPlayed = block.language === "sh" || block.path !== undefined || isAnswerOf(blocks, at);
    if (isPlayed || isLeft(first)) continue;
    assert.fail(`${page} has a block that nobody tries: ${first}`);
  }
  for (const path of imported(blocks)) unused.delete(path);
  for (const path of unused) {
    const { lines = [] } = blocks.find((block) => block.path === path) ?? {};
    if (!isLeft(lines[0] ?? "")) await player.tryFile(path, lines);
  }
}

/** Returns true for a command that may start a server. */
function isServer({ line }: Command): boolean {
  return /^(bun|node|deno (run|serve)|npm start|npx ekiben serve|\.\/\w+$)/.test(line);
}

/** Returns true for a call of what a command has started. */
function isClient({ section, line }: Command, server: Command): boolean {
  return section === server.section && line.startsWith("curl ");
}

/** The files that other files import. */
function imported(blocks: readonly Block[]): readonly string[] {
  return blocks.flatMap(({ lines }) =>
    [...lines.join("\n").matchAll(/ from "\.\/(\S+)"/g)].map(([, path = ""]) => path),
  );
}

/** The line of a server that is ready, and its addresses. */
const READY = /\b(?:Serving|Listening on|Started development server:) .*/;
const HTTP = /https?:\/\/[^\s:]+:(\d+)/;
const GRPC = /grpcs?:\/\/[^\s:]+:(\d+)/;

class Player implements AsyncDisposable {
  readonly #page: string;
  readonly #folder: string;
  /** The heading whose commands run: each begins in the page's folder. */
  #section = "";
  #place: Place;
  #server: Started | undefined;
  /** The ports that a page names, and the ones that its server has. */
  #ports: readonly (readonly [shown: string, real: string])[] = [];

  constructor(stage: Stage, page: string) {
    this.#page = page;
    this.#folder = stage.folderOf(page);
    this.#place = { cwd: this.#folder, env: stage.environment };
  }

  /** Runs a command to its end, or until it is a server that is ready. */
  async run({ section, line, answer }: Command): Promise<void> {
    if (section !== this.#section) this.#place = { ...this.#place, cwd: this.#folder };
    this.#section = section;
    const [, folder] = /^cd (\S+)$/.exec(line) ?? [];
    if (folder !== undefined) {
      this.#place = { ...this.#place, cwd: join(this.#place.cwd, folder) };
      return;
    }
    for (const word of line.split(" ")) this.#connect(word);
    const real = this.#withPorts(withFreePorts(line)).replace(/^(?=[A-Z_]+=)/, "env ");
    const started = start(shell(real), this.#place);
    const title = `${this.#page}: ${line}`;
    await eventually(title, () => started.end !== undefined || READY.test(started.output));
    const { end, output } = started;
    if (end === undefined) {
      await this.#stop();
      this.#serve(started);
      return;
    }
    assert.equal(end.code, 0, `${title}\n${output}`);
    if (answer !== undefined) compare(title, answer, output);
  }

  /** Tries code that no command of the page names: serves a service, and runs anything else. */
  async tryFile(path: string, lines: readonly string[]): Promise<void> {
    assert.match(path, /\.ts$/, `${this.#page}: no command uses the file ${path}`);
    const isService = lines.some((line) => line.startsWith("export default service("));
    const line = isService ? `npx ekiben serve ${path}` : `bun ${path}`;
    await this.run({ section: "", line });
    if (isService) assert.ok(this.#server !== undefined, `${this.#page}: ${path} does not serve`);
  }

  /** Lets a client of the page call the server that there is. */
  #connect(word: string): void {
    const file = join(this.#place.cwd, word);
    if (!/\.\w+$/.test(word) || !statSync(file, { throwIfNoEntry: false })?.isFile()) return;
    const text = readFileSync(file, "utf8");
    const connected = this.#withPorts(text);
    if (connected !== text) writeFileSync(file, connected);
  }

  #withPorts(text: string): string {
    return this.#ports.reduce(
      (replaced, [shown, real]) => replaced.replaceAll(`localhost:${shown}`, `localhost:${real}`),
      text,
    );
  }

  #serve(started: Started): void {
    this.#server = started;
    const ready = READY.exec(started.output)?.[0] ?? "";
    const [http, grpc] = [HTTP, GRPC].map((pattern) => pattern.exec(ready)?.[1] ?? "");
    this.#ports = [
      ["3000", http ?? ""],
      ["3001", grpc ?? ""],
    ];
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop();
  }
}

/** Compares an output with what a page shows, in which `…` stands for anything. */
function compare(title: string, { language, lines }: Block, output: string): void {
  const given = output.replaceAll("\r", "");
  if (language === "json") {
    const pattern = patternOf(lines.join("\n").trim());
    const compact = JSON.stringify(JSON.parse(given));
    assert.ok(
      [given.trim(), compact].some((text) => pattern.test(text)),
      `${title}\n${output}`,
    );
    return;
  }
  // A page may show a part of what a command prints.
  let at = 0;
  const printed = given.split("\n");
  for (const line of lines) {
    const pattern = patternOf(line);
    const found = printed.findIndex((each, index) => index >= at && pattern.test(each));
    assert.ok(found >= 0, `${title}\nshows "${line}", but printed\n${output}`);
    at = found + 1;
  }
}

function patternOf(text: string): RegExp {
  const parts = text.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}
