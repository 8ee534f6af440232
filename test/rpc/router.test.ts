import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  createFileRegistry,
  type DescMessage,
  type DescService,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import {
  anyPack,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { rpcFetch } from "../../src/rpc/fetch.ts";

const thing = create(FileDescriptorProtoSchema, {
  name: "example/thing.proto",
  package: "example",
  syntax: "proto3",
  messageType: [
    {
      name: "Thing",
      field: [{ name: "n", number: 1, type: Type.STRING, label: Label.OPTIONAL, jsonName: "n" }],
    },
  ],
});
const packer = create(FileDescriptorProtoSchema, {
  name: "example/packer.proto",
  package: "example",
  syntax: "proto3",
  dependency: ["google/protobuf/any.proto", "example/thing.proto"],
  service: [
    {
      name: "Packer",
      method: [
        { name: "Pack", inputType: ".example.Thing", outputType: ".google.protobuf.Any" },
        { name: "Unpack", inputType: ".google.protobuf.Any", outputType: ".google.protobuf.Any" },
      ],
    },
  ],
});
const files = createFileRegistry(
  create(FileDescriptorSetSchema, { file: [file_google_protobuf_any.proto, thing, packer] }),
);
const Packer = files.getService("example.Packer") as DescService;
const Thing = files.getMessage("example.Thing") as DescMessage;

test("rpcRouter() resolves the messages in an Any, also from imports", async () => {
  const rpc = rpcFetch((router) =>
    router.service(Packer, {
      pack: (given: MessageInitShape<DescMessage>) => anyPack(Thing, create(Thing, given)),
      unpack: (any: unknown) => any,
    } as never),
  );
  for (const [method, sent] of [
    ["Pack", { n: "a" }],
    ["Unpack", { "@type": "type.googleapis.com/example.Thing", n: "a" }],
  ] as const) {
    const answered = await rpc(
      new Request(`http://test/example.Packer/${method}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(sent),
      }),
    );
    assert.deepEqual(await answered?.json(), {
      "@type": "type.googleapis.com/example.Thing",
      n: "a",
    });
  }
});
