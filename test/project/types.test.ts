/** The types of the public entries as a user meets them: in errors, and in an editor. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "./checkout.ts";
import { PRELUDE, RIGHT, WRONG } from "./programs.ts";
import { compile, LanguageServer, writeProject } from "./typescript.ts";

test("A wrong program has one error, of two lines, that names what is wrong", async () => {
  using folder = temporaryFolder();
  const exported = [...PRELUDE.matchAll(/^export \{ (.*) \};$/gm)].map(([, names]) => names);
  const imports = `import { ${exported.join(", ")} } from "./prelude.ts";`;
  const types = 'import type { Tensor } from "ekiben";';
  const files = WRONG.map(({ code }, at) => [`wrong${at}.ts`, `${imports}\n${types}\n${code}`]);
  const right = `${imports}\n${RIGHT}`;
  writeProject(folder, { "prelude.ts": PRELUDE, "right.ts": right, ...Object.fromEntries(files) });
  const errors = await compile(folder);
  assert.deepEqual(errors.get("right.ts") ?? [], []);
  for (const [at, { what, error, lines: most = 2 }] of WRONG.entries()) {
    const [lines = [], ...more] = errors.get(`wrong${at}.ts`) ?? [];
    const shown = `${what}:\n${lines.join("\n")}`;
    assert.deepEqual(more, [], shown);
    assert.match(lines.join(" "), error, shown);
    assert.ok(lines.length <= most, shown);
    assert.ok(lines.join("").length <= 450, shown);
  }
  assert.equal(errors.size, WRONG.length, [...errors.keys()].join(" "));
});

/** A line of code, a word of it, and what an editor shows for that word. */
const HOVERS: readonly (readonly [code: string, word: string, shown: string])[] = [
  ["const any: Tensor = tensor('float32', [1]);", "any", "const any: Tensor<DType>"],
  ["const { dtype } = any;", "dtype", "const dtype: DType"],
  ["const one = tensor('float32', [1]);", "one", 'const one: Tensor<"float32">'],
  ["const pixels = ndarray({ dtype: 'float32' });", "pixels", 'const pixels: NdarrayIo<"float32">'],
  ["const array = ndarray();", "array", "const array: NdarrayIo<DType>"],
  ["const picture = image();", "picture", "const picture: ImageIo<Picture>"],
  [
    "const scores = classifier.classify(one);",
    "classify",
    '(property) classify: (input: Tensor<"float32">, options?: CallOptions) => ' +
      'Promise<Tensor<"float32">>',
  ],
  ["const { data } = await scores;", "data", "const data: Float32Array<ArrayBufferLike>"],
  ["const first = await session.run(one);", "first", "const first: Tensor<DType>"],
  [
    "const checked = await session.run(one, { dtype: 'float32' });",
    "checked",
    'const checked: Tensor<"float32">',
  ],
  [
    "const named = await session.run({ one }, { label: 'int64' });",
    "named",
    'const named: { readonly label: Tensor<"int64">; }',
  ],
  [
    "const predict = api({ input: pixels, output: digit }, (x) => ({ digit: x.data.length }));",
    "predict",
    'const predict: Api<NdarrayIo<"float32">, JsonIo<{ digit: number; }, { digit: number; }>, ' +
      '"value">',
  ],
  [
    "const spell = api({ input: text(), output: text() }, async function* (x) { yield x; });",
    "spell",
    'const spell: Api<TextIo, TextIo, "stream">',
  ],
  [
    "const some = api({ input: text(), output: text() }, (x) => (x ? spell.handler(x, c) : x));",
    "some",
    "const some: Api<TextIo, TextIo, AnswerMode>",
  ],
  [
    "const echo = api({ input: text(), output: text() }, (value, context) => context.requestId);",
    "context",
    "(parameter) context: Context",
  ],
  [
    "const mnist = service('x', { apis: { echo }, runners: [classifier] });",
    "runners",
    "(property) ServiceOptions<A extends Apis>.runners?: readonly ServiceRunner[]",
  ],
  ["const host = app(mnist);", "host", "const host: App"],
  ["const registry = metrics();", "registry", "const registry: MetricsRegistry"],
  [
    "const counter = registry.counter('x', { help: 'x', labels: ['digit'] });",
    "counter",
    'const counter: LabelledCounter<"digit">',
  ],
  ["const plain = registry.gauge('y', { help: 'x' });", "plain", "const plain: Gauge"],
  [
    "const count = counter.value({ digit: 3 });",
    "value",
    '(method) LabelledCounter<"digit">.value(labels: Readonly<Record<"digit", LabelValue>>)',
  ],
];

test("An editor shows types by their names", async () => {
  using folder = temporaryFolder();
  const text = [
    'import { api, app, image, metrics, ndarray, service, tensor, text } from "ekiben";',
    'import type { Context, Tensor } from "ekiben";',
    'import { classifier, digit, session } from "./prelude.ts";',
    "declare const c: Context;",
    ...HOVERS.map(([code]) => code),
  ].join("\n");
  writeProject(folder, { "prelude.ts": PRELUDE, "hover.ts": text });
  using server = new LanguageServer();
  const file = join(folder.path, "hover.ts");
  await server.open(file, text);
  for (const [at, [code, word, shown]] of HOVERS.entries()) {
    const column = code.search(new RegExp(`\\b${word}\\b`));
    const hover = (await server.hover(file, at + 4, column)).replace(/\s+/g, " ");
    assert.ok(hover.startsWith(shown), `${word} in ${code}\n${hover}`);
    assert.ok(shown.length <= 160, `${word} in ${code}`);
  }
});
