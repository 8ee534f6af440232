/**
 * Prepares a release, for the workflow that a tag starts.
 *
 *   node .ci/release.ts 0.2.0           sets the version, dates the changelog, commits and tags
 *   node .ci/release.ts --check v0.2.0  fails unless the files are those of this tag
 *   node .ci/release.ts --notes v0.2.0  prints what the changelog says of this version
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;
/** Each place that says the version, and the line that says it. */
const PLACES: readonly { readonly file: string; readonly line: RegExp }[] = [
  { file: "package.json", line: /^( {2}"version": ")([^"]*)(",)$/m },
  { file: "create-ekiben/package.json", line: /^( {2}"version": ")([^"]*)(",)$/m },
  { file: "deno.json", line: /^( {2}"version": ")([^"]*)(",)$/m },
  { file: "src/version.ts", line: /^(export const VERSION: string = ")([^"]*)(";)$/m },
];
const CHANGELOG = "CHANGELOG.md";

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

function main([first = "", second = ""]: readonly string[]): void {
  if (first === "--check") return check(versionOf(second));
  if (first === "--notes") return console.log(notesOf(versionOf(second)));
  release(versionOf(first));
}

function versionOf(text: string): string {
  const version = text.replace(/^v/, "");
  if (VERSION.test(version)) return version;
  throw new Error(`A version such as 1.2.3 is wanted, but was "${text}"`);
}

/** The changelog first: the rest is written only where it is complete. */
function release(version: string): void {
  if (git("status", "--porcelain") !== "") throw new Error("There are changes: commit them first");
  if (git("tag", "--list", `v${version}`) !== "") throw new Error(`There is a tag v${version}`);
  const log = dated(read(CHANGELOG), version);
  write(CHANGELOG, log);
  for (const { file, line } of PLACES) write(file, set(read(file), line, version, file));
  check(version);
  git("commit", "--all", "--message", `Release ${version}`);
  git("tag", "--annotate", `v${version}`, "--message", `Version ${version}`);
  console.log(`Tagged v${version}. To publish it: git push --follow-tags`);
}

/** The changelog with the heading of the version: its own dated, or that of what is unreleased. */
function dated(text: string, version: string): string {
  const today = new Date().toISOString().slice(0, 10);
  const own = `## [${version}] - unreleased`;
  const heading = `## [${version}] - ${today}`;
  const log = text.includes(own)
    ? text.replace(own, heading)
    : text.replace("## [Unreleased]\n", `## [Unreleased]\n\n${heading}\n`);
  if (sectionOf(log, version) === "") {
    throw new Error(`${CHANGELOG} says nothing of ${version}: write it under "Unreleased"`);
  }
  return log;
}

function check(version: string): void {
  for (const { file, line } of PLACES) {
    const found = line.exec(read(file))?.[2];
    if (found !== version) throw new Error(`${file} has the version ${found}, not ${version}`);
  }
  notesOf(version);
}

/** What the changelog says of a version that is dated. */
function notesOf(version: string): string {
  const log = read(CHANGELOG);
  const isDated = new RegExp(
    `^## \\[${version.replaceAll(".", "\\.")}\\] - \\d{4}-\\d\\d-\\d\\d$`,
    "m",
  );
  if (!isDated.test(log)) throw new Error(`${CHANGELOG} has no dated heading for ${version}`);
  return sectionOf(log, version);
}

function sectionOf(log: string, version: string): string {
  const start = log.indexOf(`## [${version}]`);
  if (start < 0) return "";
  const text = log.slice(log.indexOf("\n", start) + 1);
  const end = text.search(/^## \[/m);
  return (end < 0 ? text : text.slice(0, end)).trim();
}

function set(text: string, line: RegExp, version: string, file: string): string {
  if (!line.test(text)) throw new Error(`${file} has no line that says the version`);
  return text.replace(line, `$1${version}$3`);
}

function read(file: string): string {
  return readFileSync(new URL(file, root), "utf8");
}

function write(file: string, text: string): void {
  writeFileSync(new URL(file, root), text);
}

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: fileURLToPath(root), encoding: "utf8" }).trim();
}
