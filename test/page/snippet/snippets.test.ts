import assert from "node:assert/strict";
import { test } from "node:test";
import type { IoInfo } from "../../../src/page/apis.ts";
import type { Content } from "../../../src/page/form/form.ts";
import { type Call, shellWord } from "../../../src/page/snippet/call.ts";
import { curl } from "../../../src/page/snippet/curl.ts";
import { grpcurl } from "../../../src/page/snippet/grpcurl.ts";
import { python } from "../../../src/page/snippet/python.ts";
import { typescript } from "../../../src/page/snippet/typescript.ts";

// test/system/page-snippets.test.ts runs such code; these are the corners.

const io = (kind: string, more: Partial<IoInfo> = {}): IoInfo => ({
  kind,
  types: [],
  schema: {},
  fields: {},
  ...more,
});

function callOf(content: Content, input: IoInfo, more: Partial<Call> = {}): Call {
  const api = { name: "call_it", input, output: io("json") };
  const grpc = { address: "localhost:3001", isSecure: false };
  return {
    base: "http://localhost:3000/",
    path: "/call_it",
    content,
    needsKey: false,
    api,
    grpc,
    ...more,
  };
}

test("shellWord() is one word of a shell", () => {
  assert.equal(shellWord("http://localhost:3000/x"), "http://localhost:3000/x");
  assert.equal(shellWord("it's $HOME `x` \\"), "'it'\\''s $HOME `x` \\'");
  assert.equal(shellWord(""), "''");
});

test("curl() keeps texts as they are, and names files", () => {
  const text = (value: string) =>
    curl(callOf({ kind: "text", text: value, type: "text/plain" }, io("text")));
  assert.match(text("@file"), /--data-raw @file$/);
  assert.match(text("a 'b'"), /--data-raw 'a '\\''b'\\'''$/);
  const fields: Record<string, Content> = {
    picture: { kind: "file", file: new Blob(), name: 'a "b";c.png', type: "image/png" },
    note: { kind: "text", text: 'say "hi"; \\', type: "text/plain" },
  };
  const form = curl(callOf({ kind: "form", fields }, io("multipart")));
  assert.match(form, /-F 'picture=@"a \\"b\\";c\.png";type=image\/png'/);
  assert.match(form, /-F 'note="say \\"hi\\"; \\\\";type=text\/plain'/);
});

test("snippets send the name of a file where the page does", () => {
  const content: Content = {
    ...{ kind: "file", file: new Blob(), name: "a.csv", type: "text/csv", part: "file" },
  };
  const call = callOf(content, io("file"));
  assert.match(curl(call), / -F 'file=@"a\.csv";type=text\/csv'$/);
  assert.match(python(call), /files=\{"file": \("a\.csv", open\("a\.csv", "rb"\), "text\/csv"\)\}/);
  const fetched = typescript({ ...call, api: undefined } as unknown as Call);
  assert.match(fetched, /form\.append\("file", new Blob\(.*\), "a\.csv"\)/);
});

test("all snippets take a key from the environment, and write none down", () => {
  const call = callOf({ kind: "json", text: "[1]" }, io("json"), { needsKey: true });
  for (const write of [curl, python, typescript, grpcurl]) {
    assert.match(write(call) ?? "", /EKIBEN_API_KEY/);
  }
  const plain = callOf({ kind: "json", text: "[1]" }, io("dataframe"), { needsKey: true });
  assert.match(typescript(plain), /Bearer \$\{process\.env\["EKIBEN_API_KEY"\]\}/);
});

test("python() has Python's words for JSON's", () => {
  const text = '{"a":[true,false,null],"b":"é\\n\\"","c":-1.5e-7}';
  const code = python(callOf({ kind: "json", text }, io("json")));
  assert.match(code, /value = \{"a": \[True, False, None\], "b": "é\\n\\"", "c": -1\.5e-7\}/);
});

test("typescript() uses the client where it takes the value, and fetch() elsewhere", () => {
  const csv: Content = { kind: "text", text: "a\n1", type: "text/csv" };
  assert.match(
    typescript(callOf(csv, io("dataframe"))),
    /await fetch\("http:\/\/localhost:3000\/call_it"/,
  );
  const word: Content = { kind: "text", text: "hi", type: "text/plain" };
  assert.match(typescript(callOf(word, io("text"))), /await api\.call_it\("hi"\)/);
  const model = callOf({ kind: "json", text: '{"inputs":[]}' }, io("json"));
  const { api: _, ...rest } = model;
  assert.match(typescript({ ...rest, path: "/v2/models/m/infer" }), /v2\/models\/m\/infer/);
  const stream = callOf(word, io("text"));
  const output = io("text", { isStream: true });
  const streamed = typescript({ ...stream, api: { name: "s", input: io("text"), output } });
  assert.match(streamed, /for await \(const item of api\.s\("hi"\)\)/);
});

test("grpcurl() makes the message of each input, or nothing", () => {
  const message = (content: Content, input: IoInfo) => {
    const command = grpcurl(callOf(content, input));
    return command === undefined ? undefined : command.split("\n")[1];
  };
  const array: Content = { kind: "json", text: "[[1,2]]" };
  const cases: readonly (readonly [Content, IoInfo, string | undefined])[] = [
    [
      array,
      io("ndarray", { dtype: "float32" }),
      '"ndarray":{"dtype":"DTYPE_FLOAT","shape":[1,2],"float_values":[1,2]}',
    ],
    [array, io("ndarray", { dtype: "float16" }), undefined],
    [{ kind: "json", text: "[[1],[2,3]]" }, io("ndarray"), undefined],
    [
      { kind: "json", text: '[{"a":1,"b":"x"}]' },
      io("dataframe"),
      '"dataframe":{"column_names":["a","b"],' +
        '"columns":[{"double_values":[1]},{"string_values":["x"]}]}',
    ],
    [{ kind: "text", text: "a\n1", type: "text/csv" }, io("dataframe"), undefined],
    [{ kind: "json", text: "[true]" }, io("series"), '"series":{"bool_values":[true]}'],
    [{ kind: "json", text: '{"$a":"`"}' }, io("json"), '"json":{"$a":"`"}'],
  ];
  for (const [content, input, fields] of cases) {
    const expected = fields && `{"api_name":"call_it",${fields}}`;
    assert.equal(message(content, input), expected);
  }
  const file: Content = { kind: "file", file: new Blob(), name: "it's.png", type: "image/png" };
  const input = io("multipart", { fields: { p: io("image"), t: io("text") } });
  const note: Content = { kind: "text", text: "$HOME", type: "text/plain" };
  const form = message({ kind: "form", fields: { p: file, t: note } }, input) ?? "";
  assert.ok(form.includes(`"content":"$(base64 < 'it'\\''s.png' | tr -d '\\n')"`), form);
  assert.ok(form.includes('"text":"\\$HOME"'), form);
  assert.equal(grpcurl({ ...callOf(array, io("json")), grpc: undefined }), undefined);
});
