/** image(), file(), multipart() and a descriptor of a user's own. */
import {
  api,
  file,
  type Io,
  image,
  json,
  multipart,
  type OutputImageMediaType,
  type Picture,
  type PictureMode,
  ServiceError,
  text,
} from "ekiben";
import { bytesOf, ensure, equal } from "./check.ts";
import type { Exchange } from "./exchange.ts";
import samples from "./samples.json" with { type: "json" };
import type { Case } from "./target.ts";

const MODES: readonly PictureMode[] = ["L", "RGB", "RGBA"];
const { pictures } = samples;
const [png] = pictures;
const PNG = png?.file ?? "";

const pixelsOf = ({ width, height, data }: Picture) => ({ width, height, data: [...data] });
export const IMAGE_APIS = {
  ...Object.fromEntries(
    MODES.map((mode) => [
      `pixels_${mode}`,
      api({ input: image({ mode }), output: json() }, pixelsOf),
    ]),
  ),
  upright: api({ input: image({ orient: true }), output: json() }, pixelsOf),
  ...Object.fromEntries(
    (["png", "jpeg", "webp"] as const).map((format) => {
      const mimeType: OutputImageMediaType = `image/${format}`;
      return [
        `to_${format}`,
        api({ input: image(), output: image({ mimeType }) }, (value) => value),
      ];
    }),
  ),
  onlyGif: api({ input: image({ allowedMimeTypes: ["image/gif"] }), output: json() }, pixelsOf),
  tiny: api({ input: image({ maxPixels: 14 }), output: json() }, pixelsOf),
};

export const IMAGES: readonly Exchange[] = [
  ...pictures.flatMap(({ name, file: base64, width, height, pixels }) =>
    MODES.map((mode): Exchange => {
      const answer = { width, height, data: pixels[mode] };
      return {
        api: `pixels_${mode}`,
        what: name,
        rest: [bytesOf(base64), { json: answer }],
        ...(mode === "RGB" && { message: [{ file: { content: base64 } }, { json: answer }] }),
      };
    }),
  ),
  ...pictures.slice(0, 5).map(
    ({ name, file: base64, upright }): Exchange => ({
      api: "upright",
      what: name,
      rest: [bytesOf(base64), { json: upright }],
    }),
  ),
  {
    api: "pixels_L",
    what: "a form",
    rest: [
      form({ any: new Blob([bytesOf(PNG)], { type: "image/png" }) }),
      { json: { width: 5, height: 3, data: png?.pixels.L ?? [] } },
    ],
  },
  {
    api: "onlyGif",
    what: "another format",
    rest: [bytesOf(PNG), [415, "unsupported_media_type", /PNG/]],
    message: [{ file: { content: PNG } }, ["invalid_argument", /PNG/]],
  },
  { api: "tiny", what: "too many pixels", rest: [bytesOf(PNG), [413, "payload_too_large", /14/]] },
  {
    api: "pixels_L",
    what: "half a picture",
    rest: [bytesOf(PNG).subarray(0, 50), [400, "invalid_argument", /PNG/]],
  },
  {
    api: "pixels_L",
    what: "no picture",
    rest: ["hello", [415, "unsupported_media_type", /./], { "content-type": "text/plain" }],
  },
];

/** Pictures are written, and read again: their greys are those of before, up to their losses. */
export const WRITTEN_IMAGES: readonly Case[] = (["png", "jpeg", "webp"] as const).map((format) => ({
  name: `to_${format}: writes a picture`,
  async run(target) {
    const body = bytesOf(PNG);
    const written = await target.fetch(`/to_${format}`, { method: "POST", body });
    equal(written.headers.get("content-type"), `image/${format}`);
    const read = { method: "POST", body: await written.bytes() };
    const { data } = (await (await target.fetch("/pixels_L", read)).json()) as { data: number[] };
    const wanted = png?.pixels.L ?? [];
    const off = wanted.map((value, at) => Math.abs(value - (data[at] ?? Number.NaN)));
    ensure(Math.max(...off) <= { png: 0, jpeg: 12, webp: 12 }[format], `It differs by ${off}`);
  },
}));

const textBytes = btoa("hello");
const described = (type: string | null, filename: string | null) => ({
  json: { size: 5, type, filename },
});

export const FILE_APIS = {
  described: api({ input: file(), output: json() }, ({ bytes, type, filename }) => ({
    size: bytes.length,
    type: type ?? null,
    filename: filename ?? null,
  })),
  onlyPdf: api({ input: file({ mimeType: "application/pdf" }), output: file() }, (value) => value),
  pdf: api({ input: text(), output: file({ mimeType: "application/pdf" }) }, (content) =>
    new TextEncoder().encode(content),
  ),
};

export const FILES: readonly Exchange[] = [
  {
    api: "described",
    what: "bytes",
    rest: ["hello", described("text/a", null), { "content-type": "text/a" }],
    message: [{ file: { content: textBytes, kind: "text/a" } }, described("text/a", null)],
  },
  {
    api: "described",
    what: "a form",
    rest: [
      form({ any: new File([new Blob(["hello"])], "a.pdf", { type: "application/pdf" }) }),
      described("application/pdf", "a.pdf"),
    ],
  },
  {
    api: "onlyPdf",
    what: "its type",
    rest: ["hello", { base64: textBytes }, { "content-type": "application/pdf" }],
    message: [
      { file: { content: textBytes, kind: "application/pdf" } },
      { file: { content: textBytes, kind: "application/pdf" } },
    ],
  },
  {
    api: "onlyPdf",
    what: "another type",
    rest: ["hello", [415, "unsupported_media_type", /pdf/], { "content-type": "text/plain" }],
    message: [{ file: { content: textBytes, kind: "text/plain" } }, ["invalid_argument", /pdf/]],
  },
  {
    api: "pdf",
    what: "a file that is answered",
    rest: [
      "hello",
      async (response) => {
        equal(response.headers.get("content-type"), "application/pdf");
        equal(await response.text(), "hello");
      },
    ],
    message: [{ text: "hello" }, { file: { content: textBytes, kind: "application/pdf" } }],
  },
];

const fields = { picture: image({ mode: "L" }), note: json<{ by: string }>() };

export const FORM_APIS = {
  form: api({ input: multipart(fields), output: json() }, ({ picture, note }) => ({
    width: picture.width,
    by: note.by,
  })),
  parts: api({ input: text(), output: multipart({ said: text(), made: json() }) }, (said) => ({
    said,
    made: [1],
  })),
};

const whole = { width: 5, by: "Ada" };
const part = { note: { json: { by: "Ada" } } };

export const FORMS: readonly Exchange[] = [
  {
    api: "form",
    what: "its fields",
    rest: [form({ picture: new Blob([bytesOf(PNG)]), note: '{"by": "Ada"}' }), { json: whole }],
    message: [
      { multipart: { fields: { ...part, picture: { file: { content: PNG } } } } },
      { json: whole },
    ],
  },
  {
    api: "form",
    what: "a missing field",
    rest: [
      form({ note: '{"by": "Ada"}' }),
      [400, "invalid_argument", /lacks the fields "picture"/],
    ],
    message: [{ multipart: { fields: part } }, ["invalid_argument", /lacks the fields "picture"/]],
  },
  {
    api: "form",
    what: "a wrong field",
    rest: [
      form({ picture: "x", note: "{" }),
      [400, "invalid_argument", /Field "(?:picture|note)": /],
    ],
  },
  { api: "form", what: "no form", rest: ["{}", [415, "unsupported_media_type", /multipart/]] },
  {
    api: "parts",
    what: "a form that is answered",
    rest: [
      "hello",
      async (response) => {
        const type = response.headers.get("content-type") ?? "";
        const [, boundary = "none"] = /boundary=(\S+)/.exec(type) ?? [];
        const given = await response.text();
        ensure(given.includes(boundary), `The boundary ${boundary} is in ${given}`);
        const read = await new Response(given, { headers: { "content-type": type } }).formData();
        const of = async (name: string) => await new Response(read.get(name)).text();
        equal([await of("said"), await of("made")], ["hello", "[1]"]);
      },
    ],
    message: [
      { text: "hello" },
      { multipart: { fields: { said: { text: "hello" }, made: { json: [1] } } } },
    ],
  },
];

function form(entries: Readonly<Record<string, string | Blob>>): FormData {
  const data = new FormData();
  for (const [name, entry] of Object.entries(entries)) data.append(name, entry);
  return data;
}

const reversed: Io<string> = {
  kind: "example.Reversed",
  mediaType: "text/x-reversed",
  decode({ bytes }) {
    if (bytes.length === 0) throw new ServiceError("invalid_argument", "It must not be empty");
    return [...new TextDecoder().decode(bytes)].reverse().join("");
  },
  encode: (value) => ({ bytes: new TextEncoder().encode(value), type: "text/x-reversed" }),
};

export const OWN_APIS = { own: api({ input: reversed, output: reversed }, (value) => value) };

export const OWN: readonly Exchange[] = [
  {
    api: "own",
    what: "a value",
    rest: ["abc", "cba"],
    message: [{ serializedBytes: btoa("abc") }, { serializedBytes: btoa("cba") }],
  },
  {
    api: "own",
    what: "a value that it refuses",
    rest: ["", [400, "invalid_argument", /^It must not be empty$/]],
    message: [{ serializedBytes: "" }, ["invalid_argument", /empty/]],
  },
];
