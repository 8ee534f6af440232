/**
 * The call as a command of grpcurl, which learns the messages by reflection.
 * @module
 */

import type { IoInfo } from "../apis.ts";
import type { Content } from "../form/form.ts";
import { flatten, shapeOf } from "../tensor/shape.ts";
import { type Call, KEY_VARIABLE } from "./call.ts";

/** Returns the command; undefined where gRPC is not served, or cannot carry the input. */
export function grpcurl(call: Call): string | undefined {
  const { api, grpc, content, needsKey } = call;
  if (grpc === undefined) return undefined;
  const found = api === undefined ? inference(call) : callOf(api, content);
  if (found === undefined) return undefined;
  const flags = [
    ...(grpc.isSecure ? [] : ["-plaintext"]),
    ...(needsKey ? [`-H "Authorization: Bearer $${KEY_VARIABLE}"`] : []),
    "-d @",
  ];
  const message = new Message();
  const text = message.textOf(found.request);
  // An unquoted heredoc runs the commands in it, which read the files.
  const end = message.hasFiles ? "END" : "'END'";
  return `grpcurl ${flags.join(" ")} ${grpc.address} ${found.method} <<${end}\n${text}\nEND`;
}

interface GrpcCall {
  readonly method: string;
  readonly request: unknown;
}

function callOf(api: NonNullable<Call["api"]>, content: Content): GrpcCall | undefined {
  const fields = fieldsOf(content, api.input);
  if (fields === undefined) return undefined;
  const request = { api_name: api.name, ...fields };
  return api.output.isStream
    ? { method: "ekiben.v1.Inference/CallStream", request: { request } }
    : { method: "bentoml.grpc.v1.BentoService/Call", request };
}

/** A file whose bytes the command puts in. */
class FileBytes {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Returns the field of the message with the content; undefined if it has none. */
function fieldsOf(content: Content, io: IoInfo): Record<string, unknown> | undefined {
  switch (content.kind) {
    case "text":
      return io.kind === "text" ? { text: content.text } : undefined;
    case "json":
      return jsonFields(JSON.parse(content.text), io);
    case "file": {
      const bytes = new FileBytes(content.name);
      if (io.kind === "image" || io.kind === "file") {
        return { file: { kind: content.type, content: bytes } };
      }
      const isParquet = io.kind === "dataframe" && content.type.includes("parquet");
      return isParquet ? { serialized_bytes: bytes } : undefined;
    }
    case "form": {
      const parts: Record<string, unknown> = {};
      for (const [name, field] of Object.entries(io.fields)) {
        const part = content.fields[name];
        const fields = part === undefined ? undefined : fieldsOf(part, field);
        if (fields === undefined) return undefined;
        parts[name] = fields;
      }
      return { multipart: { fields: parts } };
    }
  }
}

function jsonFields(value: unknown, io: IoInfo): Record<string, unknown> | undefined {
  switch (io.kind) {
    case "ndarray": {
      const shape = shapeOf(value);
      const kind = ARRAYS[typeof io.dtype === "string" ? io.dtype : "float64"];
      if (shape === undefined || kind === undefined) return undefined;
      const [dtype, field] = kind;
      return { ndarray: { dtype, shape, [field]: flatten(value) } };
    }
    case "series":
      return Array.isArray(value) ? { series: seriesOf(value) } : undefined;
    case "dataframe": {
      if (!Array.isArray(value) || (io.orient ?? "records") !== "records") return undefined;
      const rows = value as readonly Record<string, unknown>[];
      const names = Object.keys(rows[0] ?? {});
      const columns = names.map((name) => seriesOf(rows.map((row) => row[name])));
      return { dataframe: { column_names: names, columns } };
    }
    default:
      return { json: value };
  }
}

/** The message's type and field of the elements of each dtype. */
const ARRAYS: Readonly<Record<string, readonly [string, string]>> = {
  float32: ["DTYPE_FLOAT", "float_values"],
  float64: ["DTYPE_DOUBLE", "double_values"],
  bool: ["DTYPE_BOOL", "bool_values"],
  int8: ["DTYPE_INT32", "int32_values"],
  int16: ["DTYPE_INT32", "int32_values"],
  int32: ["DTYPE_INT32", "int32_values"],
  int64: ["DTYPE_INT64", "int64_values"],
  uint8: ["DTYPE_UINT32", "uint32_values"],
  uint16: ["DTYPE_UINT32", "uint32_values"],
  uint32: ["DTYPE_UINT32", "uint32_values"],
  uint64: ["DTYPE_UINT64", "uint64_values"],
  string: ["DTYPE_STRING", "string_values"],
};

function seriesOf(cells: readonly unknown[]): Record<string, unknown> {
  const areOf = (type: string): boolean => cells.every((cell) => typeof cell === type);
  if (areOf("boolean")) return { bool_values: cells };
  if (areOf("number")) return { double_values: cells };
  return { string_values: cells.map(String) };
}

/** The fields of a tensor's elements, by its datatype; FP16 and BF16 have none. */
const CONTENTS: Readonly<Record<string, string>> = {
  BOOL: "bool_contents",
  INT8: "int_contents",
  INT16: "int_contents",
  INT32: "int_contents",
  INT64: "int64_contents",
  UINT8: "uint_contents",
  UINT16: "uint_contents",
  UINT32: "uint_contents",
  UINT64: "uint64_contents",
  FP32: "fp32_contents",
  FP64: "fp64_contents",
};

interface InferInput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data: readonly unknown[];
}

/** Returns the inference; texts are bytes there, in Base64. */
function inference({ path, content }: Call): GrpcCall | undefined {
  if (content.kind !== "json") return undefined;
  const { inputs } = JSON.parse(content.text) as { readonly inputs: readonly InferInput[] };
  const tensors = inputs.map(({ name, datatype, shape, data }) => {
    const field = datatype === "BYTES" ? "bytes_contents" : CONTENTS[datatype];
    const elements = datatype === "BYTES" ? data.map((each) => base64(String(each))) : data;
    return field && { name, datatype, shape, contents: { [field]: elements } };
  });
  if (tensors.includes(undefined)) return undefined;
  const model = decodeURIComponent(path.split("/")[3] ?? "");
  return {
    method: "inference.GRPCInferenceService/ModelInfer",
    request: { model_name: model, inputs: tensors },
  };
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** The text of a message, whose files are read by commands of the shell. */
class Message {
  hasFiles = false;

  textOf(request: unknown): string {
    const files: string[] = [];
    const mark = `file-${Math.random()}-`;
    const text = JSON.stringify(request, (_, value: unknown) => {
      if (!(value instanceof FileBytes)) return value;
      return `${mark}${files.push(value.name) - 1}`;
    });
    this.hasFiles = files.length > 0;
    if (!this.hasFiles) return text;
    return files.reduce(
      (whole, name, at) =>
        // By a function: a name may have what replace() takes for a pattern.
        whole.replace(`${mark}${at}`, () => `$(base64 < ${quoted(name)} | tr -d '\\n')`),
      text.replace(/[\\$`]/g, "\\$&"),
    );
  }
}

/** Returns a file name within a command of a heredoc. */
function quoted(name: string): string {
  return `'${name.replaceAll("'", "'\\''")}'`;
}
