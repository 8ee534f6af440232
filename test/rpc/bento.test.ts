import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "@connectrpc/connect";
import { z } from "zod";
import { BentoService as V1 } from "../../src/gen/bentoml/grpc/v1/service_pb.ts";
import {
  File_FileType as FileType,
  BentoService as V1alpha1,
} from "../../src/gen/bentoml/grpc/v1alpha1/service_pb.ts";
import { file } from "../../src/io/file.ts";
import { multipart } from "../../src/io/form/multipart.ts";
import { json } from "../../src/io/json/json.ts";
import { image } from "../../src/io/picture/image.ts";
import { dataframe } from "../../src/io/table/dataframe.ts";
import { ndarray } from "../../src/io/tensor/ndarray.ts";
import { text } from "../../src/io/text.ts";
import { api } from "../../src/service/api.ts";
import { custom } from "../bentoml/content/content-of.ts";
import { fetchOf, PROTOCOLS, transportTo } from "./fixture.ts";

const bytes = Uint8Array.of(1, 2);

const echo = {
  store: api({ input: file(), output: file() }, (given) => given),
  store_pdf: api({ input: file({ mimeType: "application/pdf" }), output: json() }, ({ type }) => ({
    type,
  })),
  form: api(
    { input: multipart({ name: text(), file: file() }), output: multipart({ file: file() }) },
    (given) => ({ file: given.file }),
  ),
};

for (const protocol of PROTOCOLS) {
  const client = createClient(V1alpha1, transportTo(fetchOf(echo), protocol));

  test(`v1alpha1 encodes the kinds of files as numbers over ${protocol}`, async () => {
    for (const kind of Object.values(FileType).filter((number) => number !== 0)) {
      const content = { case: "file", value: { kind, content: bytes } } as const;
      const answer = await client.call({ apiName: "store", content });
      assert.partialDeepStrictEqual(answer.content, {
        case: "file",
        value: { kind, content: bytes },
      });
    }
  });

  test(`v1alpha1 encodes the kinds of files in forms over ${protocol}`, async () => {
    const name = { representation: { case: "text", value: { value: "x" } } } as const;
    const value = { kind: FileType.PNG, content: bytes };
    const fields = { name, file: { representation: { case: "file", value } } } as const;
    const content = { case: "multipart", value: { fields } } as const;
    const answer = await client.call({ apiName: "form", content });
    assert.partialDeepStrictEqual(answer.content.value, {
      fields: { file: { representation: { case: "file", value } } },
    });
  });

  test(`v1alpha1 accepts files without a kind over ${protocol}`, async () => {
    for (const kind of [{}, { kind: FileType.UNSPECIFIED }]) {
      const content = { case: "file", value: { ...kind, content: bytes } } as const;
      const store = await client.call({ apiName: "store", content });
      // What has no number is some bytes.
      assert.partialDeepStrictEqual(store.content.value, { kind: FileType.BYTES });
      await client.call({ apiName: "store_pdf", content });
    }
  });

  test(`v1alpha1 refuses an unknown kind of file over ${protocol}`, async () => {
    for (const [apiName, kind, words] of [
      ["store", 99, /99 is not a valid File kind: it must be from 0 to 12/],
      ["store_pdf", FileType.CSV, /Cannot take a file of type text\/csv/],
    ] as const) {
      const content = { case: "file", value: { kind: kind as FileType, content: bytes } } as const;
      await assert.rejects(client.call({ apiName, content }), words);
    }
  });

  test(`ServiceMetadata describes APIs for clients over ${protocol}`, async () => {
    const any = text();
    const shaped = ndarray({ dtype: "float32", shape: [-1, 4], enforceDtype: true });
    const apis = {
      predict: api({ input: shaped, output: any, description: "Predicts." }, () => ""),
      tables: api(
        { input: dataframe({ dtype: { a: "int32" } }), output: json(z.string()) },
        () => "",
      ),
      files: api(
        {
          input: multipart({ note: any, picture: image({ allowedMimeTypes: ["image/png"] }) }),
          output: file({ mimeType: "text/csv" }),
        },
        () => bytes,
      ),
    };
    const metadata = await createClient(V1, transportTo(fetchOf(apis), protocol)).serviceMetadata(
      {},
    );
    assert.deepEqual([metadata.name, metadata.docs], ["example", ""]);
    const [predict, tables, files] = metadata.apis;
    assert.partialDeepStrictEqual(predict, {
      name: "predict",
      docs: "Predicts.",
      input: {
        descriptorId: "bentoml.io.NumpyNdarray",
        attributes: {
          args: { dtype: "float32", shape: [-1, 4], enforce_dtype: true, enforce_shape: false },
        },
      },
      output: { descriptorId: "bentoml.io.Text" },
    });
    assert.equal(predict?.output?.attributes, undefined);
    assert.equal(tables?.docs, undefined);
    assert.partialDeepStrictEqual(tables, {
      input: {
        descriptorId: "bentoml.io.PandasDataFrame",
        attributes: {
          args: {
            orient: "records",
            columns: null,
            dtype: { a: "int32" },
            shape: null,
            enforce_dtype: false,
            enforce_shape: false,
            default_format: "json",
          },
        },
      },
      output: {
        descriptorId: "bentoml.io.JSON",
        attributes: { args: { has_pydantic_model: true, has_json_encoder: false } },
      },
    });
    assert.partialDeepStrictEqual(files, {
      input: {
        descriptorId: "bentoml.io.Multipart",
        attributes: {
          args: {
            note: { id: "bentoml.io.Text" },
            picture: {
              id: "bentoml.io.Image",
              args: {
                pilmode: "RGB",
                mime_type: "image/jpeg",
                allowed_mime_types: ["image/png"],
              },
            },
          },
        },
      },
      output: {
        descriptorId: "bentoml.io.File",
        attributes: { args: { kind: "binaryio", mime_type: "text/csv" } },
      },
    });
  });
}

test("ServiceMetadata leaves out APIs that BentoML has no descriptor for", async () => {
  const apis = {
    known: api({ input: text(), output: text() }, (line) => line),
    own: api({ input: custom, output: text() }, (line) => line),
    within: api({ input: multipart({ own: custom }), output: text() }, ({ own }) => own),
  };
  const client = createClient(V1, transportTo(fetchOf(apis), "Connect binary"));
  const metadata = await client.serviceMetadata({});
  assert.deepEqual(
    metadata.apis.map(({ name }) => name),
    ["known"],
  );
});
