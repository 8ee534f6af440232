/** The encoder, batched by the tokens of texts. */
import { runnable } from "../../../src/worker/runnable.ts";
import { encoder, type Ids } from "./encoder.ts";

export default runnable(import.meta.url, encoder, {
  weight: { embed: (text: Ids) => text.length },
});
