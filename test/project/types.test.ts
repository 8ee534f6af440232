/** The types of the public entries as a user meets them: in errors, and in an editor. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "./checkout.ts";
import { compile, LanguageServer, writeProject } from "./typescript.ts";

/** The definitions that the wrong programs use. */
const PRELUDE = `
import { api, image, json, metrics, ndarray, runnable, runner, service, tensor, text }
  from "ekiben";
import { app, type Tensor } from "ekiben";
import { openSession } from "ekiben/onnx";

const model = runnable(import.meta.url, () => ({
  batched: { classify: async (x: Tensor<"float32">): Promise<Tensor<"float32">> => x },
  methods: { count: (words: string[]) => words.length },
}));
const classifier = runner(model, { name: "classifier" });
const measured = metrics();
const help = "x";
const predicted = measured.counter("digits_predicted_total", { help, labels: ["digit"] });
const seconds = measured.histogram("seconds", { help, labels: ["backend", "worker"] });
const digit = json<{ digit: number }>();
const session = await openSession("model.onnx");
export { api, app, classifier, digit, image, json, measured, model, ndarray, predicted, runnable };
export { runner, seconds, service, session, tensor, text };
`;

/** A wrong program, the compiler's last line about it, and how many lines there may be. */
interface Wrong {
  readonly what: string;
  readonly code: string;
  readonly error: RegExp;
  readonly lines?: number;
}

const output = (handler: string): string => `api({ input: text(), output: digit }, ${handler});`;

const WRONG: readonly Wrong[] = [
  {
    what: "an output with a property of another type",
    code: output('() => ({ digit: "3" })'),
    error:
      /'\(\) => \{ digit: string; \}' is not assignable to type 'MustReturn<\{ digit: number; /,
  },
  {
    what: "an output of another type in a promise",
    code: output('async () => ({ digit: "3" })'),
    error: /Promise<\{ digit: string; \}>' is not .* 'MustReturn<\{ digit: number; \}>'\.$/,
  },
  {
    what: "an output that lacks a property",
    code: output("async () => ({})"),
    error: /'\(\) => Promise<\{\}>' is not .* 'MustReturn<\{ digit: number; \}>'\.$/,
  },
  {
    what: "a stream of another type",
    code: output("async function* (value) { yield value.length; }"),
    error: /AsyncGenerator<number, void, \w+>' is not .* 'MustReturn<\{ digit: number; \}>'\.$/,
  },
  {
    what: "a tensor of another dtype as the output",
    code: `api({ input: text(), output: ndarray({ dtype: "float32" }) }, async () =>
      tensor("int64", [1]));`,
    error: /Promise<Tensor<"int64">>' is not .* 'MustReturn<Tensor<"float32">>'\.$/,
  },
  {
    what: "no tensor as the output",
    code: "api({ input: text(), output: ndarray() }, (value) => value.length);",
    error: /'\(value: string\) => number' is not assignable to type 'MustReturn<Tensor<DType>>'\.$/,
  },
  {
    what: "a text for a picture",
    code: "api({ input: text(), output: image() }, (value) => value);",
    error: /'\(value: string\) => string' is not assignable to type 'MustReturn<Picture>'\.$/,
  },
  {
    what: "a wrong use of the input",
    code: "api({ input: image(), output: text() }, (picture) => picture.toUpperCase());",
    error: /Property 'toUpperCase' does not exist on type 'Picture'\.$/,
  },
  {
    what: "a tensor of another dtype for a runner",
    code: `api({ input: ndarray({ dtype: "int64" }), output: ndarray() }, (x, context) =>
      classifier.classify(x, context));`,
    error: /Type '"int64"' is not assignable to type '"float32"'\.$/,
  },
  {
    what: "a tensor of any dtype for a runner",
    code: `api({ input: ndarray(), output: ndarray() }, (x, context) =>
      classifier.classify(x, context));`,
    error: /Type 'DType' is not assignable to type '"float32"'\. Type '"bool"' is not /,
    lines: 3, // The compiler names the first dtype that does not fit.
  },
  {
    what: "an input that is missing",
    code: "api({ output: text() }, () => '');",
    error: /Property 'input' is missing in type .* but required in type 'ApiOptions</,
  },
  {
    what: "a descriptor that is not called",
    code: "api({ input: text, output: text() }, (value) => value);",
    error: /'\(\) => Io<string, string>' is not assignable to type 'AnyIo'\.$/,
  },
  {
    what: "a misspelt property of the context",
    code: "api({ input: text(), output: text() }, (_, context) => context.requestID);",
    error: /Property 'requestID' does not exist on type 'Context'\. Did you mean 'requestId'\?$/,
  },
  {
    what: "a misspelt method of a runner",
    code: "classifier.clasify(tensor('float32', [1]));",
    error: /Property 'clasify' does not exist .* Did you mean 'classify'\?$/,
  },
  {
    what: "a wrong argument for a method of a runner",
    code: 'classifier.count("a");',
    error: /'string' is not assignable to parameter of type 'string\[\]'\.$/,
  },
  {
    what: "a misspelt option of a runner",
    code: "runner(model, { worker: 2 });",
    error: /'worker' does not exist in type .* Did you mean to write 'workers'\?$/,
  },
  {
    what: "a misspelt option of batching",
    code: "runner(model, { batch: { maxBatch: 50 } });",
    error: /'maxBatch' does not exist in type 'BatchOptions'\.$/,
  },
  {
    what: "batch settings for a method that does not exist",
    code: "runner(model, { methods: { clasify: { batch: { maxBatchSize: 3 } } } });",
    error: /'clasify' does not exist .* Did you mean to write 'classify'\?$/,
  },
  {
    what: "methods of a runnable under a misspelt name",
    code: "runnable(import.meta.url, () => ({ method: { f: (x: string) => x } }));",
    error: /Type '\{ method: .*' is not assignable to type 'Loaded</,
  },
  {
    what: "an API that is none",
    code: "service('x', { apis: { wrong: () => 1 } });",
    error: /'\(\) => number' is not assignable to type 'AnyApi'\.$/,
  },
  {
    what: "a misspelt option of a service",
    code: "service('x', { apis: {}, runner: [classifier] });",
    error: /'runner' does not exist in type .* Did you mean to write 'runners'\?$/,
  },
  {
    what: "an unknown option of app()",
    code: "app(service('x', { apis: {} }), { prt: 3 });",
    error: /'prt' does not exist in type 'AppOptions'\.$/,
  },
  {
    what: "a label that is missing",
    code: "seconds.observe({ backend: 'wasm' }, 1);",
    error: /Property 'worker' is missing in type '\{ backend: string; \}' but required /,
  },
  {
    what: "a label that is misspelt",
    code: "predicted.inc({ digt: 3 });",
    error: /'digt' does not exist in type .* Did you mean to write 'digit'\?$/,
  },
  {
    what: "a misspelt option of a metric",
    code: "measured.counter('x', { help: 'x', label: ['a'] });",
    error: /'label' does not exist in type .* Did you mean to write 'labels'\?$/,
  },
  {
    what: "an unknown dtype",
    code: 'ndarray({ dtype: "float" });',
    error: /'"float"' is not assignable to type 'DType \| undefined'\. Did you mean '"float16"'\?$/,
  },
  {
    what: "an output of a session of another dtype than requested",
    code: `export const labels: Tensor<"int64"> = await session.run(tensor("float32", [1]), {
      dtype: "float32" });`,
    error: /Type '"float32"' is not assignable to type '"int64"'\.$/,
  },
];

/** Handlers that must compile: literals and tuples of an output need no annotation. */
const RIGHT = `
type Mode = { mode: "L" | "RGB"; size: readonly [number, number] };
const mode = json<Mode>();
export default [
  api({ input: text(), output: mode }, () => ({ mode: "L", size: [1, 2] })),
  api({ input: text(), output: mode }, async (x) => ({ mode: "RGB", size: [x.length, 2] })),
  api({ input: text(), output: mode }, async (x) => {
    if (x === "") return { mode: "RGB", size: [1, 2] };
    return { mode: "L", size: [2, 2] };
  }),
  api({ input: text(), output: json<{ label: "good" | "bad" }[]>() }, async (x) =>
    [...x].map((each) => ({ label: each > "m" ? "good" : "bad" })),
  ),
  api({ input: text(), output: json<"a" | "b">() }, async (x) => (x === "" ? "a" : "b")),
  api({ input: text(), output: json<number[]>() }, () => []),
  api({ input: text(), output: json<{ a: number } | null>() }, (x) => (x === "" ? null : { a: 1 })),
  api({ input: text(), output: json() }, () => ({ any: 1 })),
  api({ input: text(), output: text() }, () => JSON.parse("1")),
  api({ input: text(), output: text() }, () => {
    throw new Error("x");
  }),
  api({ input: text(), output: text() }, async function* (x) {
    yield x;
  }),
  api({ input: image(), output: image() }, (picture) => picture),
  api({ input: ndarray(), output: ndarray() }, async () => tensor("float32", [1])),
  api(
    { input: ndarray({ dtype: "float32" }), output: ndarray({ dtype: "float32" }) },
    (x, context) => classifier.classify(x, context),
  ),
];
export function wrapped<O>(handler: (input: string) => O | Promise<O>) {
  return api({ input: text(), output: json<O>() }, (input: string) => handler(input));
}
`;

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
  [
    "const pixels = ndarray({ dtype: 'float32' });",
    "pixels",
    'const pixels: Io<Tensor<"float32">, Tensor<"float32">>',
  ],
  ["const array = ndarray();", "array", "const array: Io<Tensor<DType>, Tensor<DType>>"],
  ["const picture = image();", "picture", "const picture: Io<Picture, Picture>"],
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
    'const predict: Api<Io<Tensor<"float32">, Tensor<"float32">>, ' +
      "Io<{ digit: number; }, { digit: number; }>>",
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
    'import type { Tensor } from "ekiben";',
    'import { classifier, digit, session } from "./prelude.ts";',
    ...HOVERS.map(([code]) => code),
  ].join("\n");
  writeProject(folder, { "prelude.ts": PRELUDE, "hover.ts": text });
  using server = new LanguageServer();
  const file = join(folder.path, "hover.ts");
  await server.open(file, text);
  for (const [at, [code, word, shown]] of HOVERS.entries()) {
    const column = code.search(new RegExp(`\\b${word}\\b`));
    const hover = (await server.hover(file, at + 3, column)).replace(/\s+/g, " ");
    assert.ok(hover.startsWith(shown), `${word} in ${code}\n${hover}`);
    assert.ok(shown.length <= 160, `${word} in ${code}`);
  }
});
