/** The encoder, batched by the number of texts alone. */
import { runnable } from "../../../src/worker/runnable.ts";
import { encoder } from "./encoder.ts";

export default runnable(import.meta.url, encoder);
