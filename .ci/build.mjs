/**
 * Builds the package that is published, in place: JavaScript, types and source maps in dist/, and
 * a package.json that names those in place of the sources. This script is JavaScript, since it runs
 * on the Node of `npm pack`, which may be old.
 *
 *   node .ci/build.mjs            builds dist/
 *   node .ci/build.mjs --pack     the same, and puts the published package.json in place (prepack)
 *   node .ci/build.mjs --restore  puts the project's package.json back (postpack, postpublish)
 *   node .ci/build.mjs --create   builds, and fills create-ekiben/dist/
 */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
const manifestFile = new URL("package.json", root);
/** The project's package.json, while the published one is in its place. */
const keptFile = new URL("package.json.project", root);

const [flag] = process.argv.slice(2);
const { npm_command: command, npm_lifecycle_event: event, npm_config_dry_run: dry } = process.env;
// `npm publish` sends the package.json that it finds after postpack; then postpublish follows.
const isTooEarly = command === "publish" && event === "postpack" && dry !== "true";
// Also before a build, after a pack that was ended in the middle.
if (!isTooEarly) restore();
if (flag !== "--restore") build();
if (flag === "--pack") replace();
if (flag === "--create") fillCreate();

function build() {
  rmSync(new URL("dist", root), { recursive: true, force: true });
  const tsc = new URL("node_modules/typescript/bin/tsc", root);
  // To stderr: the output of `npm pack --json` is npm's own.
  const options = { cwd: fileURLToPath(root), stdio: ["ignore", 2, 2] };
  if (!existsSync(tsc)) {
    console.error("Installing packages (the first run only)");
    execFileSync("npx", ["--yes", "bun", "install", "--frozen-lockfile"], options);
  }
  execFileSync(process.execPath, [fileURLToPath(tsc), "-p", "tsconfig.build.json"], options);
  copyTemplate();
}

/** The template of new projects: its own files, and those of the example. */
function copyTemplate() {
  const to = new URL("dist/template/", root);
  cpSync(new URL("create-ekiben/template/", root), to, { recursive: true });
  mkdirSync(new URL("digits/", to));
  for (const file of [
    "service.ts",
    "digits.ts",
    "pixels.ts",
    "mnist-cnn.onnx",
    "digits/digit-3-a.png",
  ]) {
    copyFileSync(new URL(`examples/mnist/${file}`, root), new URL(file, to));
  }
}

function fillCreate() {
  const to = new URL("create-ekiben/dist/", root);
  rmSync(to, { recursive: true, force: true });
  cpSync(new URL("dist/template", root), new URL("template", to), { recursive: true });
  copyFileSync(new URL("dist/cli/init/project.js", root), new URL("project.js", to));
  copyFileSync(new URL("LICENSE", root), new URL("../LICENSE", to));
}

function replace() {
  const project = readFileSync(manifestFile, "utf8");
  renameSync(manifestFile, keptFile);
  writeFileSync(manifestFile, `${JSON.stringify(published(JSON.parse(project)), undefined, 2)}\n`);
}

function restore() {
  if (existsSync(keptFile)) renameSync(keptFile, manifestFile);
}

/** The package.json for users, without the packages of examples and tests. */
function published({ scripts, devDependencies, optionalDependencies, ...manifest }) {
  const exports = Object.entries(manifest.exports).map(([entry, file]) => [entry, typed(file)]);
  return {
    ...manifest,
    exports: Object.fromEntries(exports),
    imports: compiled(manifest.imports),
  };
}

/** An entry with its types, which come first. */
function typed(file) {
  if (typeof file !== "string" || !file.endsWith(".ts")) return compiled(file);
  const script = compiled(file);
  return { types: script.replace(/\.js$/, ".d.ts"), default: script };
}

/** Returns a value of package.json with each source replaced by its compiled form. */
function compiled(value) {
  if (typeof value === "string") {
    return value.replace(/^\.\/src\/(.*)\.ts$/, "./dist/$1.js");
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, compiled(each)]));
}
