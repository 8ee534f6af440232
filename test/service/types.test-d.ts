/**
 * What must not compile: each `@ts-expect-error` fails the type check when its line does compile.
 */
import {
  api,
  type InputOf,
  image,
  json,
  multipart,
  ndarray,
  type Picture,
  runnable,
  runner,
  service,
  type Tensor,
  text,
  toTensor,
} from "ekiben";

const model = runnable(import.meta.url, () => ({
  batched: { classify: async (pixels: Tensor<"float32">): Promise<Tensor> => pixels },
  methods: { count: (words: string[]) => words.length },
}));
const classifier = runner(model, { name: "classifier" });
const configured = runnable(
  "file:///x.ts",
  (_: { readonly params: { readonly path: string } }) => ({
    methods: { name: (_nothing: undefined) => "x" },
  }),
);

// The right uses, with the types they have.
export const scores: Promise<Tensor> = classifier.classify({} as Tensor<"float32">);
export const count: Promise<number> = classifier.count(["a"], {
  signal: new AbortController().signal,
});
runner(configured, { params: { path: "a" } });

// @ts-expect-error: there is no such method
classifier.clasify({} as Tensor<"float32">);
// @ts-expect-error: another dtype
classifier.classify({} as Tensor<"int64">);
// @ts-expect-error: not a list of strings
classifier.count("a");
// @ts-expect-error: an unknown option
classifier.count(["a"], { timeout: 5 });
// @ts-expect-error: a result is a promise
export const early: number = classifier.count([]);
// @ts-expect-error: an unknown setting
runner(model, { worker: 2 });
// @ts-expect-error: the parameters are missing
runner(configured, {});
// @ts-expect-error: parameters of another type
runner(configured, { params: { path: 1 } });

const digit = json<{ digit: number }>();
api({ input: text(), output: digit }, () => ({ digit: 3 }));
// @ts-expect-error: the output is of another type
api({ input: text(), output: digit }, () => ({ digit: "3" }));
// @ts-expect-error: the output lacks a property
api({ input: text(), output: digit }, () => ({}));
// @ts-expect-error: the output is of another type, in a promise
api({ input: text(), output: digit }, async () => 3);
// @ts-expect-error: a text is no picture
api({ input: text(), output: image() }, (value) => value);
// @ts-expect-error: a picture is no text
api({ input: image(), output: text() }, (picture) => picture.toUpperCase());
// The input of a picture is its pixels, or a tensor with a layout.
api({ input: image({ resize: { width: 8, height: 8 } }), output: image() }, (picture) => picture);
api({ input: image({ layout: "NCHW" }), output: ndarray() }, (x) => classifier.classify(x));
export const bytes: (x: InputOf<typeof small>) => Uint8Array = ({ data }) => data;
const small = image({ layout: "NHWC", dtype: "uint8" });
const form = multipart({ one: small, other: image(), text: text() });
api({ input: form, output: ndarray() }, ({ one, other }) => ({ ...one, data: other.data }));
// @ts-expect-error: a tensor is no picture
api({ input: image({ layout: "NCHW" }), output: image() }, (x) => x);
// @ts-expect-error: the tensor is of another dtype
api({ input: small, output: ndarray() }, (x) => classifier.classify(x));
// @ts-expect-error: there is no such layout
image({ layout: "CHW" });
// @ts-expect-error: a size has two sides
image({ resize: { width: 8 } });
// @ts-expect-error: the values of pixels need a layout
image({ normalize: "imagenet" });
export const halves: Tensor<"float16"> = toTensor({} as Picture, {
  layout: "NCHW",
  dtype: "float16",
});
api({ input: ndarray({ dtype: "int64" }), output: ndarray() }, (x) =>
  // @ts-expect-error: the tensor is of another dtype
  classifier.classify(x),
);
// @ts-expect-error: there is no such setting of the answer
api({ input: text(), output: text() }, (value, { response }) => response.code ?? value);
// @ts-expect-error: not an API
service("x", { apis: { wrong: () => 1 } });

declare module "hono" {
  interface ContextVariableMap {
    tenant: { readonly id: string };
  }
}
api({ input: text(), output: text() }, (_, context) => context.get("tenant")?.id ?? "");
// @ts-expect-error: the variable is of another type
api({ input: text(), output: text() }, (_, context) => context.get("tenant"));
// @ts-expect-error: the type of a variable that is not declared is unknown
api({ input: text(), output: text() }, (_, context) => context.get("undeclared"));
// @ts-expect-error: not a web application
service("x", { apis: {}, mount: { "/ui": "http://elsewhere" } });
// @ts-expect-error: not middleware
service("x", { apis: {}, use: ["cors"] });
// @ts-expect-error: not a hook
service("x", { apis: {}, onStop: 5 });
