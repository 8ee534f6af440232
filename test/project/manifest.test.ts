/** What the project says of itself, in each runtime's own words, agrees. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { VERSION } from "../../src/version.ts";
import { binaries } from "../support/runtimes.ts";
import { copyOfProject, projectFiles, rootPath, temporaryFolder } from "./checkout.ts";
import { environment } from "./environment.ts";
import { run } from "./process.ts";

type Names = Readonly<Record<string, string>>;

interface Package {
  readonly version: string;
  readonly bin: Names;
  readonly exports: Names;
  readonly dependencies: Names;
  readonly optionalDependencies: Names;
  readonly peerDependencies: Names;
}

interface DenoConfig {
  readonly version: string;
  readonly exports: Names;
  readonly imports: Names;
}

const files = projectFiles();
const manifest = readJson<Package>("package.json");
const denoConfig = readJson<DenoConfig>("deno.json");
const { imports } = denoConfig;

function read(file: string): string {
  return readFileSync(join(rootPath, file), "utf8");
}

function readJson<T>(file: string): T {
  return JSON.parse(read(file)) as T;
}

test("package.json and deno.json have the same dependencies", () => {
  const ofDeno = Object.entries(imports).filter(([, target]) => target.startsWith("npm:"));
  const ofNpm = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies });
  const asNpm = ofNpm.map(([name, version]) => [name, `npm:${name}@${version}`] as const);
  assert.deepEqual(new Map(ofDeno.sort()), new Map(asNpm.sort()));
});

test("every place with the version has the same", () => {
  const { version } = readJson<Package>("create-ekiben/package.json");
  assert.deepEqual([denoConfig.version, version, VERSION], Array(3).fill(manifest.version));
});

test("package.json and deno.json have the same entry points", () => {
  const { "./package.json": _, ...entries } = manifest.exports;
  assert.deepEqual(denoConfig.exports, entries);
  const asImports = Object.entries(entries).map(([entry, file]) => [
    entry.replace(/^\./, "ekiben"),
    file,
  ]);
  const own = Object.entries(imports).filter(([name]) => /^ekiben($|\/)/.test(name));
  assert.deepEqual(Object.fromEntries(own), Object.fromEntries(asImports));
  for (const file of Object.values(manifest.exports)) {
    assert.ok(existsSync(join(rootPath, file)), `There is no ${file}`);
  }
});

for (const file of files.filter(hasDependencies)) {
  test(`${file}: the lock file next to it has the least version of each dependency`, () => {
    const lock = read(file.replace("package.json", "bun.lock"));
    for (const { kind, name, range } of allDependencies(file)) {
      // Users get ranges, so that a package is installed once for all that need it.
      const isRange = file === "package.json" && /^(peerD|d)ependencies$/.test(kind);
      assert.match(range, isRange ? /^\^\d+\.\d+\.\d+$/ : /^\d+\.\d+\.\d+$/, name);
      const least = `${name}@${range.replace("^", "")}`;
      assert.ok(lock.includes(`"${least}"`), `${least} is not in bun.lock`);
    }
  });
}

/** True for a package.json with dependencies: create-ekiben has none. */
function hasDependencies(file: string): boolean {
  return basename(file) === "package.json" && allDependencies(file).length > 0;
}

interface Dependency {
  readonly kind: string;
  readonly name: string;
  readonly range: string;
}

function allDependencies(file: string): Dependency[] {
  const all = readJson<Readonly<Record<string, Names | undefined>>>(file);
  const kinds = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
  return kinds.flatMap((kind) =>
    Object.entries(all[kind] ?? {}).map(([name, range]) => ({ kind, name, range })),
  );
}

test("deno.lock has every dependency, and no lock file says where from", () => {
  const lock = read("deno.lock");
  for (const [name, version] of Object.entries(manifest.dependencies)) {
    assert.ok(lock.includes(`"npm:${name}@${version}"`), `${name}@${version} is not in deno.lock`);
  }
  for (const file of files.filter((each) => each.endsWith(".lock"))) {
    assert.doesNotMatch(read(file), /https?:|"resolved"/, file);
  }
});

test("deno.lock is up to date", async () => {
  using folder = temporaryFolder();
  const cwd = copyOfProject(folder);
  const env = { ...environment(), DENO_NO_PACKAGE_JSON: "1" };
  const modules = [
    "src/cli/bin.ts",
    "src/cli/main.ts",
    ...files.filter((file) => /^examples\/\w+\/service\.ts$/.test(file)),
  ];
  const { code, output } = await run([binaries().deno, "cache", "--frozen", ...modules], {
    cwd,
    env,
  });
  assert.equal(code, 0, output);
});

test("bun.lock is up to date", async () => {
  using folder = temporaryFolder();
  const cwd = copyOfProject(folder);
  const command = [process.execPath, "install", "--frozen-lockfile", "--production"];
  const { code, output } = await run(command, { cwd, env: environment() });
  assert.equal(code, 0, output);
});

test("package.json has every package that the code imports, and no other", () => {
  // The optional one is imported by a name that compilers do not follow.
  const imported = new Set(Object.keys(manifest.peerDependencies));
  // The page is published as a bundle, with the packages that it imports.
  for (const file of files.filter((each) =>
    /^(src|examples)\/(?!page\/|mnist\/train|\w+\/(?:build|bundle)\.ts$).*\.ts$/.test(each),
  )) {
    const code = read(file).replace(/^ *(\*|\/\/).*$/gm, "");
    for (const [, specifier = ""] of code.matchAll(/(?:\bfrom |\bimport\()"([^"]+)"/g)) {
      const [, name] = /^((?:@[\w-]+\/)?\w[\w-]*)(?:\/|$)/.exec(specifier) ?? [];
      if (name !== undefined && name !== "ekiben") imported.add(name);
    }
  }
  const { dependencies, optionalDependencies, peerDependencies } = manifest;
  const declared = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  assert.deepEqual([...imported].sort(), declared.sort());
});

test("no file of the project contains a path of its author's machine", () => {
  // In pieces, so that this file does not have them either.
  const hosts = ["npm js.org", "npm mirror.com", "pkg.git hub.com", "yarn pkg.com", "j sr.io"];
  const folders = [".. /shared", "/wo rk/", "/ro ot/", "/tm p/x/"];
  const words = [...hosts, ...folders].map((pieces) => pieces.replace(" ", ""));
  for (const file of files) {
    const text = readFileSync(join(rootPath, file), "latin1");
    for (const word of words) assert.ok(!text.includes(word), `${file} has "${word}"`);
  }
});
