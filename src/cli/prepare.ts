/**
 * Loads ONNX Runtime in the thread of a worker, before the worker is given its runnable.
 * @module
 */

import { prepareBackend } from "../onnx/select.ts";

export default prepareBackend;
