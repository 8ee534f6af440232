/** A service as a user might have one, with a method of each kind and names of each kind. */
import { create, createFileRegistry, type DescService } from "@bufbuild/protobuf";
import {
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";

const name = {
  name: "name",
  jsonName: "name",
  number: 1,
  type: Type.STRING,
  label: Label.OPTIONAL,
};
const types = { inputType: ".example.Hello", outputType: ".example.Hello" };

const files = create(FileDescriptorSetSchema, {
  file: [
    {
      name: "example/greeter.proto",
      package: "example",
      messageType: [
        {
          name: "Hello",
          field: [name],
          extensionRange: [{ start: 100, end: 200 }],
          nestedType: [{ name: "Inner", field: [name] }],
          enumType: [{ name: "Mood", value: [{ name: "MOOD_GOOD", number: 0 }] }],
        },
      ],
      extension: [
        {
          name: "extra",
          number: 100,
          extendee: ".example.Hello",
          type: Type.INT32,
          label: Label.OPTIONAL,
        },
      ],
      service: [
        {
          name: "Greeter",
          method: [
            { name: "Greet", ...types },
            { name: "GreetMany", ...types, serverStreaming: true },
            { name: "GreetAll", ...types, clientStreaming: true },
            { name: "Chat", ...types, clientStreaming: true, serverStreaming: true },
          ],
        },
      ],
    },
  ],
});

/** Each of its methods takes and gives `{ name }`. */
export const Greeter = createFileRegistry(files).getService("example.Greeter") as DescService;

/** A message of it. */
export interface Hello {
  readonly name: string;
}
