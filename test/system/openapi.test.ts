/**
 * The OpenAPI document, checked by programs of others: a linter, and a fuzzer that sends requests
 * by the document and compares the answers with it. They are fetched.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../project/checkout.ts";
import { type Running, startCli } from "../support/cli.ts";
import { binaries, root } from "../support/runtimes.ts";
import { endOf, outputOf, pythonOfClients } from "./client-programs.ts";

const fuzzer = join(pythonOfClients(), "..", "st");
const LINTER = "@redocly/cli@2.77.0";

/** The key of the server that has one; the others ignore it. */
const KEY = "correct-horse";

/** The license of a service is its owner's to say. */
const LINT_FLAGS = ["--skip-rule", "info-license"];

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
/** The files of all documents that were written, and of those with all answers. */
const documents: string[] = [];
const whole: string[] = [];

interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { responses: { default?: object } }>>>
  >;
}

/** Writes the document of a server; without the answers to any other status, if it is strict. */
async function documentOf({ url }: Running, isStrict: boolean): Promise<string> {
  const response = await fetch(`${url}/openapi.json`, { headers: { "x-api-key": KEY } });
  const document = (await response.json()) as Document;
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    if (isStrict) delete operation.responses.default;
  }
  const file = join(folder.path, `${documents.length}.json`);
  documents.push(file);
  writeFileSync(file, JSON.stringify(document));
  return file;
}

/** What the fuzzer compares. It cannot know that all rows of an array are equally long. */
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "unsupported_method",
].join(",");

async function fuzz(server: Running, examples: number): Promise<void> {
  const flags = {
    "--url": server.url,
    "--checks": CHECKS,
    "--phases": "coverage,fuzzing",
    "--max-examples": String(examples),
    // A deadline of a caller that has passed is a 504.
    "--header": "Request-Timeout: 30",
    "--suppress-health-check": "all",
  };
  const args = Object.entries(flags).flat();
  const file = await documentOf(server, true);
  const rest = ["--header", `X-Api-Key: ${KEY}`, "--no-color", "--continue-on-failure"];
  const { output } = await endOf(fuzzer, ["run", file, ...args, ...rest], "", folder.path);
  const [, found] = /^Failures:\n((?: {2}.*\n)+)/m.exec(output) ?? [];
  assert.equal(found, undefined, output);
  assert.match(output, /Test cases:\n {2}\d{3,} generated/, output);
}

const SERVED = [
  ["bun", "test/system/fixtures/every-descriptor.ts", 5, []],
  ["node", "test/system/fixtures/every-descriptor.ts", 2, []],
  ["deno", "examples/mnist/service.ts", 5, []],
  ["bun", "examples/mnist/mnist-cnn.onnx", 5, ["--api-key", KEY, "--rate-limit", "9999/s"]],
] as const;

for (const [runtime, target, examples, more] of SERVED) {
  test(`a fuzzer finds no fault in the document of ${target} on ${runtime}`, async () => {
    const args = ["serve", fileURLToPath(new URL(target, root)), "--no-grpc", ...more];
    const program = { bun: process.execPath, ...binaries() }[runtime];
    await using server = await startCli(args, { program }, /Serving \S+ on (http:\S+)/);
    whole.push(await documentOf(server, false));
    await fuzz(server, examples);
  });
}

test("a linter finds no fault in the documents", async () => {
  assert.equal(whole.length, SERVED.length);
  const lint = ["--yes", LINTER, "lint", ...whole, ...LINT_FLAGS];
  assert.match(await outputOf("npx", lint), /Your API descriptions are valid/);
});
