/** Programs of users, wrong and right, for the test of the types. */

/** The definitions that the wrong programs use. */
export const PRELUDE = `
import { api, image, json, metrics, ndarray, runnable, runner, service, tensor, text }
  from "ekiben";
import { app, type Tensor } from "ekiben";
import { openService } from "ekiben/browser";
import { openSession } from "ekiben/onnx";
import { connectServiceWorker, runServiceWorker } from "ekiben/service-worker";

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
export { connectServiceWorker, openService, runServiceWorker };
export { runner, seconds, service, session, tensor, text };
`;

/** A wrong program, the compiler's last line about it, and how many lines there may be. */
export interface Wrong {
  readonly what: string;
  readonly code: string;
  readonly error: RegExp;
  readonly lines?: number;
}

const output = (handler: string): string => `api({ input: text(), output: digit }, ${handler});`;

export const WRONG: readonly Wrong[] = [
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
    error: /'\(\) => TextIo' is not assignable to type 'AnyIo'\.$/,
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
    what: "an invalid API",
    code: "service('x', { apis: { wrong: () => 1 } });",
    error: /'\(\) => number' is not assignable to type 'AnyApi'\.$/,
  },
  {
    what: "a misspelt option of a service",
    code: "service('x', { apis: {}, runner: [classifier] });",
    error: /'runner' does not exist in type .* Did you mean to write 'runners'\?$/,
  },
  {
    what: "the URL of a script in place of a function that starts a worker",
    code: "app(service('x', { apis: {} }), { worker: './worker.js' });",
    error: /Type 'string' is not assignable to type '\(\) => Worker'\.$/,
  },
  {
    what: "an unknown isolation",
    code: "app(service('x', { apis: {} }), { isolation: 'fibers' });",
    error: /Type '"fibers"' is not assignable to type '"inline" \| .*"web"/,
  },
  {
    what: "an unknown option of app()",
    code: "app(service('x', { apis: {} }), { prt: 3 });",
    error: /'prt' does not exist in type 'AppOptions'\.$/,
  },
  {
    what: "a misspelt option of openService()",
    code: "openService(service('x', { apis: {} }), { fallbak: 'https://example.com' });",
    error: /'fallbak' does not exist in type .* Did you mean to write 'fallback'\?$/,
  },
  {
    what: "an unknown policy",
    code: "openService(service('x', { apis: {} }), { policy: 'fast' });",
    error: /'"fast"' is not assignable to type 'Policy \| undefined'\.$/,
  },
  {
    what: "a Service Worker without the URL of its script",
    code: "connectServiceWorker(openService(service('x', { apis: {} })), {});",
    error: /Property 'url' is missing in type .* but required in type 'ConnectOptions'\.$/,
  },
  {
    what: "assets without a version",
    code: "runServiceWorker({ paths: ['/x'], assets: { files: ['./'] } });",
    error: /Property 'version' is missing in type .* but required in type 'Assets'\.$/,
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
export const RIGHT = `
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
