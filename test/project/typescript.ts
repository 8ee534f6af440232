/** The TypeScript compiler and its language server, on files that a test writes. */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../support/runtimes.ts";
import { rootPath, type TemporaryFolder } from "./checkout.ts";

/** How long the compiler may take for a project, and the server for an answer. */
const LIMIT_MS = 120_000;

const ENTRIES = {
  ekiben: "index",
  "ekiben/browser": "browser/index",
  "ekiben/client": "client/index",
  "ekiben/onnx": "onnx/index",
  "ekiben/runnable": "runnable",
  "ekiben/service-worker": "browser/relay/index",
};

/** The lines of each error of a project, by file. */
export type Errors = ReadonlyMap<string, readonly (readonly string[])[]>;

/** Writes a project that imports the entries of this one. */
export function writeProject(
  { path }: TemporaryFolder,
  files: Readonly<Record<string, string>>,
): void {
  const paths = Object.entries(ENTRIES).map(([entry, file]) => [
    entry,
    [join(rootPath, `src/${file}.ts`)],
  ]);
  const config = {
    extends: join(rootPath, "tsconfig.json"),
    include: ["*.ts"],
    exclude: [],
    compilerOptions: {
      typeRoots: [join(rootPath, "node_modules")],
      noUnusedLocals: false,
      noUnusedParameters: false,
      paths: Object.fromEntries(paths),
    },
  };
  const all = { "tsconfig.json": JSON.stringify(config), "package.json": '{"type":"module"}' };
  for (const [name, text] of Object.entries({ ...all, ...files })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
}

/** Compiles a project. */
export async function compile(folder: TemporaryFolder): Promise<Errors> {
  const output = await runCompiler(folder);
  const errors = new Map<string, string[][]>();
  let last: string[] = [];
  for (const line of output.split("\n").filter((each) => each !== "")) {
    const [, file] = /^(\S+)\(\d+,\d+\): /.exec(line) ?? [];
    if (file === undefined) {
      last.push(line.trim());
      continue;
    }
    last = [line.slice(line.indexOf("error "))];
    const name = file.slice(file.lastIndexOf("/") + 1);
    errors.set(name, [...(errors.get(name) ?? []), last]);
  }
  return errors;
}

/** Returns the number of types that the compiler instantiates for a project without errors. */
export async function instantiationsOf(folder: TemporaryFolder): Promise<number> {
  const output = await runCompiler(folder, "--extendedDiagnostics");
  const [, count] = /^Instantiations:\s+(\d+)$/m.exec(output) ?? [];
  if (count === undefined || output.includes("error TS")) throw new Error(output);
  return Number(count);
}

async function runCompiler({ path }: TemporaryFolder, ...flags: string[]): Promise<string> {
  const args = ["--project", path, "--pretty", "false", ...flags];
  const child = spawn(process.execPath, ["x", "tsc", ...args], { cwd: rootPath });
  const timer = setTimeout(() => child.kill(), LIMIT_MS);
  let output = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) output += chunk;
  clearTimeout(timer);
  return output;
}

/** The language server of the compiler, as an editor talks to it (LSP 3.17 over stdio). */
export class LanguageServer implements Disposable {
  readonly #child = spawn(process.execPath, ["x", "tsc", "--lsp", "--stdio"], { cwd: rootPath });
  readonly #answers = new Map<number, (result: unknown) => void>();
  #received: Uint8Array = new Uint8Array();
  #id = 0;

  constructor() {
    this.#child.stdout.on("data", (chunk: Uint8Array) => this.#receive(chunk));
  }

  async open(file: string, text: string): Promise<void> {
    const capabilities = { textDocument: { hover: { contentFormat: ["plaintext"] } } };
    const rootUri = root.href;
    await this.#request("initialize", { processId: process.pid, rootUri, capabilities });
    this.#notify("initialized", {});
    const textDocument = { uri: uriOf(file), languageId: "typescript", version: 1, text };
    this.#notify("textDocument/didOpen", { textDocument });
  }

  /** Returns the text that an editor shows over a place of a file. */
  async hover(file: string, line: number, character: number): Promise<string> {
    const position = { line, character };
    const textDocument = { uri: uriOf(file) };
    const hover = await this.#request("textDocument/hover", { textDocument, position });
    const { contents } = (hover ?? {}) as { contents?: { value?: string } | string };
    return (typeof contents === "string" ? contents : contents?.value) ?? "";
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }

  async #request(method: string, params: unknown): Promise<unknown> {
    this.#id += 1;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const late = new Error(`The language server has not answered ${method}`);
    const timer = setTimeout(() => reject(late), LIMIT_MS);
    this.#answers.set(this.#id, resolve);
    this.#send({ jsonrpc: "2.0", id: this.#id, method, params });
    return await promise.finally(() => clearTimeout(timer));
  }

  #notify(method: string, params: unknown): void {
    this.#send({ jsonrpc: "2.0", method, params });
  }

  #send(message: unknown): void {
    const body = JSON.stringify(message);
    this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #receive(chunk: Uint8Array): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const text = Buffer.from(this.#received);
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(text.toString("utf8", 0, end))?.[1]);
      if (text.length < end + 4 + length) return;
      this.#received = text.subarray(end + 4 + length);
      this.#dispatch(JSON.parse(text.toString("utf8", end + 4, end + 4 + length)));
    }
  }

  #dispatch(message: { id?: number; method?: string; result?: unknown }): void {
    if (message.id === undefined) return;
    // The server's own questions, such as for its configuration, get no settings.
    if (message.method !== undefined) this.#send({ jsonrpc: "2.0", id: message.id, result: null });
    else this.#answers.get(message.id)?.(message.result);
  }
}

function uriOf(file: string): string {
  return pathToFileURL(file).href;
}
