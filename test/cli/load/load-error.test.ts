/** What a person reads whose service cannot be loaded: each mistake, on this runtime. */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { loadTarget } from "../../../src/cli/target.ts";
import { messageOf } from "../../../src/error.ts";
import { Project } from "../../support/project.ts";

type Runtime = "bun" | "deno" | "node";

interface Mistake {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly message: RegExp;
  /** The runtimes that refuse it. Default: all. The others say that it is no service. */
  readonly on?: readonly Runtime[];
}

const MODULE = '{ "type": "module" }';
const COMMONJS = '{ "type": "commonjs" }';
const NOT_A_SERVICE = /must be what service\(\) returns, but it is of type (number|object)$/;

const MISTAKES: readonly Mistake[] = [
  {
    name: "a syntax error in the service file",
    files: { "service.ts": "const a = 1;\nconst b = (;\n" },
    message:
      /^Cannot load .*\/service\.ts: .+\n {2}in \S*ice\.ts:2:12\n {2}2 \| const b = \(;\n {17}\^$/,
  },
  {
    name: "a syntax error at the end of the file",
    files: { "service.ts": "const a = 1;\nconsole.log(\n" },
    message: /service\.ts: .+\n {2}in \S*service\.ts:2(:13)?\n {2}2 \| console\.log\((\n +\^)?$/,
  },
  {
    name: "a syntax error in an import",
    files: { "service.ts": 'import "./lib/a.ts";', "lib/a.ts": "let a = 1;\nlet b = {;" },
    message: /service\.ts: .+\n {2}in \S*lib\/a\.ts:2:10\n {2}2 \| let b = \{;\n {15}\^$/,
  },
  {
    name: "an exception",
    files: { "service.ts": "function f(x: any) {\n  return x.y.z;\n}\nexport default f({});" },
    message:
      /undefined.+\n {2}in \S*service\.ts:2:1\d\n.*return x\.y\.z;\n +\^\n {2}at .*:4:\d+\)?$/,
  },
  {
    name: "a package that is not installed",
    files: { "service.ts": 'import "./a.ts";', "a.ts": 'import "@not/here/x";', "bun.lock": "{}" },
    message:
      /@not\/here.*\n {2}in \S*a\.ts:1:\d+\n {2}1 \| .*\n +\^\nInstall it: bun add @not\/here$/,
  },
  {
    name: "a path of tsconfig.json",
    files: { "service.ts": 'import { y } from "@/y";\nconsole.log(y);' },
    message:
      /"@\/y" looks like a path of tsconfig\.json, which only Bun knows: import by a relative/,
  },
  {
    name: "a file that there is not",
    files: { "service.ts": 'import { y } from "./nowhere.ts";\nconsole.log(y);' },
    message: /nowhere\.ts.*\n {2}in \S*service\.ts:1:\d+\n {2}1 \| import \{ y \} from/,
  },
  {
    name: "an import without its extension",
    files: { "service.ts": 'export { y as default } from "./y";', "y.ts": "export const y = 1;" },
    message: /\nThere is a y\.ts: write that name with its extension, instead of y$/,
    on: ["node", "deno"],
  },
  {
    name: "the name of what a file will be compiled to",
    files: {
      "service.ts": 'export { y as default } from "./y.js";',
      "y.ts": "export const y = 1;",
    },
    message: /\nThere is a y\.ts: write that name with its extension, instead of y\.js$/,
    on: ["node", "deno"],
  },
  {
    name: "an enum",
    files: { "service.ts": "enum Color { Red }\nexport default Color.Red;" },
    message:
      /service\.ts:1:1\n[\s\S]*Node runs TypeScript by removing its types, and cannot compile/,
    on: ["node"],
  },
  {
    name: "a decorator",
    files: { "service.ts": "const d = (x: any, _: any) => x;\n@d class A {}\nexport default 1;" },
    message: /Node runs TypeScript by removing its types, and has no decorators: leave them out/,
    on: ["node"],
  },
  {
    name: "a type that is imported as a value",
    files: {
      "service.ts": 'import { A } from "./a.ts";\nconst a: A = 1;\nexport default a;',
      "a.ts": "export type A = number;",
    },
    message: /service\.ts:1:10\n[\s\S]*If A is a type, import it as one: import type \{ A \}$/,
    on: ["node"],
  },
  {
    name: "require() in an ES module",
    files: { "service.ts": 'const fs = require("node:fs");\nexport default 1;' },
    message:
      /there is no require: use import and export .*, or give a CommonJS module the extension/,
    on: ["node", "deno"],
  },
  {
    name: "a CommonJS project",
    files: { "service.ts": 'import "./a.ts";\nexport default 1;', "package.json": COMMONJS },
    message:
      /taken for CommonJS\. Write "type": "module" instead of "commonjs" in \S+package\.json/,
    on: ["node"],
  },
  {
    name: "JSX",
    files: { "service.tsx": "export default 1;" },
    message:
      /Node does not run \.tsx files: name it \.ts if it has no JSX, or run the command on Bun/,
    on: ["node"],
  },
  {
    name: "no default export",
    files: {
      "service.ts":
        'import { service } from "ekiben";\nexport const mine = service("a", { apis: {} });',
    },
    message: /The default export of .* but (it has none: write export default mine|.*copies)/,
  },
  {
    name: "nothing exported",
    files: { "service.ts": "export {};" },
    message: /must be what service\(\) returns, but it has none$/,
  },
  {
    name: "a promise",
    files: { "service.ts": "export default Promise.resolve(1);" },
    message: /but it is a promise: write export default await$/,
  },
  {
    name: "a function",
    files: { "service.ts": "export default () => 1;" },
    message: /but it is a function: export what it returns$/,
  },
  {
    name: "the service of another copy of the package",
    files: {
      "service.ts":
        'import { service } from "./lib/node_modules/ekiben/index.js";\nexport default service;',
      "lib/node_modules/ekiben/index.js": "export const service = { ensureStarted() {} };",
    },
    message: /^There are two copies of ekiben: \S+ imports the copy in \S+, and .* that of \S/,
  },
];

const ALL: readonly Runtime[] = ["bun", "deno", "node"];
const runtime = ALL.find((name) => name in process.versions) ?? "node";

for (const { name, files, message, on = ALL } of MISTAKES) {
  test(`ekiben serve says what is wrong: ${name}`, async () => {
    using project = new Project({ "package.json": MODULE, "a.ts": "export {};", ...files });
    const [file = ""] = Object.keys(files);
    const wanted = on.includes(runtime) ? message : NOT_A_SERVICE;
    const batching = () => ({ choice: "auto", overridesOff: false }) as const;
    await assert.rejects(loadTarget(project.path(file), { batching }), (error) => {
      assert.match(messageOf(error), wanted);
      return true;
    });
  });
}
