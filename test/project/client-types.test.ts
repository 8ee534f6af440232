/** The types of a client, as its user meets them: in errors, in an editor, and in time. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "./checkout.ts";
import { compile, instantiationsOf, LanguageServer, writeProject } from "./typescript.ts";

const SERVICE = `
import { api, dataframe, file, image, type Io, json, multipart, namedTensors, ndarray, series,
  service, text } from "ekiben";

declare const point: Io<{ x: number }>;
const scores = json<{ digit: number; scores: number[] }>();
declare const later: AsyncIterable<string>;

export default service("digits", {
  apis: {
    predict: api({ input: image(), output: scores }, () => ({ digit: 3, scores: [] })),
    classify: api({ input: ndarray({ dtype: "float32" }), output: ndarray() }, (x) => x),
    when: api({ input: json<{ id: bigint }>(), output: json<{ at: Date; ok?: true }>() }, () => ({
      at: new Date(),
    })),
    store: api({ input: file(), output: file() }, ({ bytes }) => bytes),
    label: api({ input: multipart({ picture: image(), note: text() }), output: text() }, () => ""),
    table: api({ input: dataframe(), output: series({ dtype: "bool" }) }, () => ({ data: [] })),
    named: api({ input: namedTensors(), output: namedTensors() }, (x) => x),
    move: api({ input: point, output: point }, (x) => x),
    spell: api({ input: text(), output: text() }, async function* (word) {
      yield* word;
    }),
    maybe: api({ input: text(), output: text() }, (word) => (word === "" ? word : later)),
  },
});
`;

const CLIENT = [
  'import { client } from "ekiben/client";',
  'import type service from "./service.ts";',
  'const calls = client<typeof service>("/");',
];

/** A method, and what an editor shows for it. */
const HOVERS: readonly (readonly [method: string, shown: string])[] = [
  ["predict", "(input: ImageInput, options?: CallOptions) => Promise<{ digit: number; scores: "],
  ["classify", '(input: ArrayInput<"float32">, options?: CallOptions) => Promise<Tensor<DType>>'],
  [
    "when",
    "(input: { id: bigint; }, options?: CallOptions) => Promise<{ at: string; ok?: true; }>",
  ],
  ["store", "(input: FileInput, options?: CallOptions) => Promise<File>"],
  ["label", "(input: { readonly picture: ImageInput; readonly note: string; }, options?: Call"],
  ["table", '(input: DataFrame, options?: CallOptions) => Promise<Series<"bool">>'],
  ["named", "(input: Readonly<Record<string, Tensor<DType>>>, options?: CallOptions) => Promise<"],
  ["move", "(input: Bytes, options?: CallOptions) => Promise<Uint8Array<ArrayBufferLike>>"],
  ["spell", "(input: string, options?: CallOptions) => AsyncIterable<string>"],
  ["maybe", "(input: string, options?: CallOptions) => Promise<string | AsyncIterable<string>> & "],
];

test("An editor shows what a method takes and returns", async () => {
  using folder = temporaryFolder();
  const text = [...CLIENT, ...HOVERS.map(([method]) => `calls.${method};`)].join("\n");
  writeProject(folder, { "service.ts": SERVICE, "hover.ts": text });
  using server = new LanguageServer();
  const file = join(folder.path, "hover.ts");
  await server.open(file, text);
  for (const [at, [method, shown]] of HOVERS.entries()) {
    const hover = (await server.hover(file, CLIENT.length + at, 7)).replace(/\s+/g, " ");
    assert.ok(hover.startsWith(`(property) ${method}: ${shown}`), hover);
  }
});

const RIGHT = `
const { digit } = await calls.predict(new Blob());
digit.toFixed();
await calls.predict({ width: 1, height: 1, data: new Uint8ClampedArray(4) });
await calls.predict(new ImageData(1, 1), { signal: AbortSignal.timeout(1), timeoutMs: 1 });
(await calls.classify([[1, 2]])).dtype satisfies string;
(await calls.when({ id: 1n })).at.toUpperCase();
(await calls.store(new Uint8Array())).name.toUpperCase();
await calls.label({ picture: new File([], "a"), note: "" });
for await (const letter of calls.spell("a")) letter.toUpperCase();
for await (const letter of calls.maybe("a")) letter.toUpperCase();
const word = await calls.maybe("a");
if (typeof word === "string") word.toUpperCase();
`;

/** A wrong line, and the last line of the compiler about it. */
const WRONG: readonly (readonly [code: string, error: RegExp])[] = [
  ["calls.predcit(new Blob());", /Property 'predcit' does not exist .* Did you mean 'predict'\?$/],
  [
    'calls.predict("three.png");',
    /'string' is not assignable to parameter of type 'ImageInput'\.$/,
  ],
  ["calls.classify([['a']]);", /'string' is not assignable to type 'NestedArray<number>'\.$/],
  [
    "calls.when({});",
    /Property 'id' is missing in type '\{\}' but required in type '\{ id: bigint/,
  ],
  ["(await calls.when({ id: 1n })).at.getTime();", /'getTime' does not exist on type 'string'\.$/],
  ["calls.label({ note: '' });", /Property 'picture' is missing in type/],
  [
    "await calls.predict(new Blob(), { timeout: 1 });",
    /'timeout' does not exist in .*CallOptions'/,
  ],
  ["(await calls.spell('a')).length;", /'length' does not exist on type 'AsyncIterable<string/],
  ["for await (const x of calls.predict(new Blob())) x;", /must have a '\[Symbol.asyncIterator\]/],
  ["calls.spell(1);", /'number' is not assignable to parameter of type 'string'\.$/],
  ["calls.table({ columns: [] });", /Property 'data' is missing in type/],
];

test("A wrong call has one error, which names what is wrong", async () => {
  using folder = temporaryFolder();
  const prelude = CLIENT.join("\n");
  const wrong = WRONG.map(([code], at) => [`wrong${at}.ts`, `${prelude}\n${code}`]);
  const right = `${prelude}\n${RIGHT}`;
  writeProject(folder, { "service.ts": SERVICE, "right.ts": right, ...Object.fromEntries(wrong) });
  const errors = await compile(folder);
  assert.deepEqual([errors.get("service.ts"), errors.get("right.ts")], [undefined, undefined]);
  for (const [at, [code, error]] of WRONG.entries()) {
    const [lines = [], ...more] = errors.get(`wrong${at}.ts`) ?? [];
    const shown = `${code}:\n${lines.join("\n")}`;
    assert.deepEqual(more, [], shown);
    assert.match(lines.join(" "), error, shown);
    assert.ok(lines.join("").length <= 450, shown);
  }
});

/** An API of each of several kinds, a call of it, and the use of its answer. */
const KINDS: readonly ((at: number) => readonly [io: string, handler: string, call: string])[] = [
  (at) => [
    `input: text(), output: json<{ n${at}: number; tags: string[]; at: Date }>()`,
    `(word) => ({ n${at}: word.length, tags: [], at: new Date() })`,
    `("x")).n${at}.toFixed()`,
  ],
  () => [
    'input: ndarray({ dtype: "float32" }), output: ndarray({ dtype: "float32" })',
    "(value) => value",
    "([[1]])).data.length",
  ],
  (at) => [
    `input: image(), output: json<{ digit${at}: number; scores: number[] }>()`,
    `async () => ({ digit${at}: 1, scores: [] })`,
    "(new Blob())).scores.length",
  ],
  (at) => [
    `input: multipart({ a: image(), note${at}: json<{ by: string }>() }), output: file()`,
    "() => new Uint8Array()",
    `({ a: new Blob(), note${at}: { by: "x" } })).name.length`,
  ],
];

const APIS = 200;

/**
 * The most instantiations of types by a client that calls all APIs of a service, beyond those of
 * the service. Unlike the time that they take, which is less than 0.1 s, they are always as many.
 */
const MOST_INSTANTIATIONS = 100_000;

test(`A client of ${APIS} APIs is cheap to check`, async () => {
  using folder = temporaryFolder();
  const made = Array.from({ length: APIS }, (_, at) => KINDS[at % KINDS.length]?.(at) ?? []);
  const apis = made.map(([io, handler], at) => `api${at}: api({ ${io} }, ${handler}),`);
  const service = [
    'import { api, file, image, json, multipart, ndarray, service, text } from "ekiben";',
    'import * as client from "ekiben/client";',
    "void client;",
    `export default service("large", { apis: { ${apis.join("\n")} } });`,
  ].join("\n");
  writeProject(folder, { "service.ts": service });
  const alone = await instantiationsOf(folder);
  const calls = made.map(([, , call], at) => `(await calls.api${at}${call};`);
  writeProject(folder, { "calls.ts": [...CLIENT, ...calls].join("\n") });
  const together = await instantiationsOf(folder);
  assert.ok(alone > APIS, `There are ${alone}`);
  const cost = together - alone;
  assert.ok(cost > 0 && cost < MOST_INSTANTIATIONS, `They are ${cost}`);
});
