/**
 * Tensors as binary bodies over HTTP: `application/x-npy`, and `application/octet-stream` with
 * dtype and shape from the descriptor's options or from headers.
 * @module
 */
import { chooseOffer, type Offer } from "../../accept.ts";
import { invalidArgument } from "../../error.ts";
import { type DType, formatShape, isDType, type Tensor } from "../../tensor.ts";
import { essence, type Payload } from "../io.ts";
import { excerpt } from "../wording.ts";
import { bytesOfTensor, type SizedDType, tensorOfBytes } from "./bytes.ts";
import { npyOfTensor, tensorOfNpy } from "./npy.ts";
import { isNpy } from "./npy-header.ts";

/** The media type of a .npy file, which `numpy.save` writes. */
export const NPY_TYPE = "application/x-npy";

/** The media type of bare elements: row-major, little-endian. */
export const RAW_TYPE = "application/octet-stream";

/** The header with the dtype of a raw tensor, for example `float32`. */
const DTYPE_HEADER = "ekiben-dtype";

/** The header with the shape of a raw tensor, for example `2, 3`. A scalar's is empty. */
const SHAPE_HEADER = "ekiben-shape";

type Offers = readonly [Offer, ...Offer[]];
const OF_TEXT: Offers = [{ type: "application/json" }, { type: NPY_TYPE }];
const OF_NUMBERS: Offers = [...OF_TEXT, { type: RAW_TYPE }];

/**
 * Reads the tensor of a binary body; returns `undefined` for any other body. A body that begins as
 * a .npy file is read as one, whatever its media type.
 *
 * @param agreed the dtype and shape of a raw body without those headers
 * @throws ServiceError `invalid_argument` for a damaged file; for raw elements without a dtype,
 *   with more than one open axis, or of another length than dtype and shape require
 */
export function tensorOfBody(
  { bytes, type, headers }: Payload,
  agreed: { readonly dtype?: DType | undefined; readonly shape?: readonly number[] | undefined },
): Tensor | undefined {
  if (essence(type) === NPY_TYPE || isNpy(bytes)) return tensorOfNpy(bytes);
  if (essence(type) !== RAW_TYPE) return undefined;
  const dtype = dtypeOf(headers?.get(DTYPE_HEADER) ?? agreed.dtype);
  const given = headers?.get(SHAPE_HEADER);
  const shape = given === undefined || given === null ? (agreed.shape ?? [-1]) : shapeOf(given);
  if (shape.indexOf(-1) !== shape.lastIndexOf(-1)) {
    throw invalidArgument(
      `Cannot read an array of shape ${formatShape(shape)} from ${RAW_TYPE}: only one length ` +
        `follows from that of the body, so the header Ekiben-Shape must say the others`,
    );
  }
  return tensorOfBytes(bytes, dtype, shape);
}

/** Returns the binary body of a tensor if the caller prefers one, or else `undefined`. */
export function bodyOfTensor(tensor: Tensor, accept: string | undefined): Payload | undefined {
  // Strings cannot be sent as raw memory.
  const { type } = chooseOffer(accept, tensor.dtype === "string" ? OF_TEXT : OF_NUMBERS);
  if (type === NPY_TYPE) return { bytes: npyOfTensor(tensor), type };
  if (type !== RAW_TYPE) return undefined;
  const headers = new Headers({
    [DTYPE_HEADER]: tensor.dtype,
    [SHAPE_HEADER]: tensor.shape.join(", "),
  });
  // A copy: the handler may change the tensor while its answer is being sent.
  return { bytes: bytesOfTensor(tensor as Tensor<SizedDType>).slice(), type, headers };
}

function dtypeOf(name: string | undefined): SizedDType {
  const dtype = name?.trim().toLowerCase();
  if (isDType(dtype) && dtype !== "string") return dtype;
  const was = name === undefined ? "none was given" : `it was ${excerpt(name)}`;
  throw invalidArgument(
    `Cannot read an array from ${RAW_TYPE}: the header Ekiben-Dtype must say its dtype, one of a ` +
      `fixed size, but ${was}`,
  );
}

function shapeOf(text: string): number[] {
  const lengths = text.trim() === "" ? [] : text.replace(/^\s*[([]|[)\]]\s*$/g, "").split(",");
  const shape = lengths.map((length) =>
    /^\s*(?:-1|\d{1,15})\s*$/.test(length) ? +length : Number.NaN,
  );
  if (!shape.includes(Number.NaN) && shape.length <= 64) return shape;
  throw invalidArgument(
    'The header Ekiben-Shape must be whole numbers, such as "2, 3", with -1 for one that follows ' +
      `from the length of the body, but was "${excerpt(text)}"`,
  );
}
