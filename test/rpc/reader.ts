/** A service as a user might have one, with a method that only reads and one that does not. */
import { create, createFileRegistry, type DescService } from "@bufbuild/protobuf";
import {
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
  MethodOptions_IdempotencyLevel as Level,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";

const types = { inputType: ".example.Page", outputType: ".example.Page" };
const files = create(FileDescriptorSetSchema, {
  file: [
    {
      name: "example/reader.proto",
      package: "example",
      messageType: [
        {
          name: "Page",
          field: [
            {
              name: "name",
              jsonName: "name",
              number: 1,
              type: Type.STRING,
              label: Label.OPTIONAL,
            },
          ],
        },
      ],
      service: [
        {
          name: "Reader",
          method: [
            { name: "Read", ...types, options: { idempotencyLevel: Level.NO_SIDE_EFFECTS } },
            { name: "Write", ...types },
          ],
        },
      ],
    },
  ],
});

/** Each of its methods takes and gives `{ name }`. */
export const Reader = createFileRegistry(files).getService("example.Reader") as DescService;

/** A message of it. */
export interface Page {
  readonly name: string;
}
