import type { onnx } from "onnx-proto";
import proto from "onnx-proto";
import { CLASS_COUNT, IMAGE_SIZE } from "./data.ts";
import type { Parameter } from "./parameter.ts";

const IR_VERSION = 8;
const OPSET_VERSION = 13;
const FLOAT = proto.onnx.TensorProto.DataType.FLOAT;
const { INT, INTS } = proto.onnx.AttributeProto.AttributeType;

/**
 * Returns the trained network as an ONNX model (https://onnx.ai/onnx/repo-docs/IR.html): input
 * `image` [batch, 1, 28, 28], outputs `logits` and `probabilities` [batch, 10], all float32.
 *
 * `parameters` are those of network.ts, w1 to b4; `metadata` becomes the model's metadata_props.
 */
export function encodeModel(
  parameters: readonly Parameter[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const model: onnx.IModelProto = {
    irVersion: IR_VERSION,
    opsetImport: [{ domain: "", version: OPSET_VERSION }],
    // The name in the published model, kept so that training again writes the same bytes.
    producerName: "train-mnist.mjs",
    producerVersion: "1",
    graph: {
      name: "mnist_cnn",
      input: [port("image", ["batch", 1, IMAGE_SIZE, IMAGE_SIZE])],
      output: [
        port("logits", ["batch", CLASS_COUNT]),
        port("probabilities", ["batch", CLASS_COUNT]),
      ],
      initializer: parameters.map(initializer),
      node: nodes(),
    },
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  };
  return proto.onnx.ModelProto.encode(model).finish();
}

/** The layers of network.ts, without dropout, which is for learning only. */
function nodes(): onnx.INodeProto[] {
  const convolution = [ints("kernel_shape", [3, 3])];
  const pooling = [ints("kernel_shape", [2, 2]), ints("strides", [2, 2])];
  // Gemm multiplies by [inputs, outputs]; ours are [outputs, inputs].
  const dense = [int("transB", 1)];
  return [
    node("Conv", ["image", "w1", "b1"], "conv1", convolution),
    node("Relu", ["conv1"], "relu1"),
    node("MaxPool", ["relu1"], "pool1", pooling),
    node("Conv", ["pool1", "w2", "b2"], "conv2", convolution),
    node("Relu", ["conv2"], "relu2"),
    node("MaxPool", ["relu2"], "pool2", pooling),
    node("Flatten", ["pool2"], "flat", [int("axis", 1)]),
    node("Gemm", ["flat", "w3", "b3"], "fc1", dense),
    node("Relu", ["fc1"], "relu3"),
    node("Gemm", ["relu3", "w4", "b4"], "logits", dense),
    node("Softmax", ["logits"], "probabilities", [int("axis", 1)]),
  ];
}

/** A node is named after its one output. */
function node(
  opType: string,
  input: string[],
  output: string,
  attribute: onnx.IAttributeProto[] = [],
): onnx.INodeProto {
  return { name: output, opType, input, output: [output], attribute };
}

function int(name: string, value: number): onnx.IAttributeProto {
  return { name, type: INT, i: value };
}

function ints(name: string, values: number[]): onnx.IAttributeProto {
  return { name, type: INTS, ints: values };
}

/** A float32 input or output of the graph; a dimension with a name may have any length. */
function port(name: string, dims: readonly (number | string)[]): onnx.IValueInfoProto {
  const dim = dims.map((size) =>
    typeof size === "string" ? { dimParam: size } : { dimValue: size },
  );
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

function initializer({ name, dims, values }: Parameter): onnx.ITensorProto {
  // ONNX requires little-endian bytes, which typed arrays have on all machines that run this.
  const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dims: [...dims], dataType: FLOAT, rawData };
}
