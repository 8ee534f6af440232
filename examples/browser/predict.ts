/** Calls `predict`: by the Service Worker, or directly where there is none. */
import type { OpenService } from "ekiben/browser";

/** The answer to a picture. */
export interface Prediction {
  readonly digit: number;
  readonly scores: readonly number[];
  /** Where it was answered, and why there. */
  readonly place: string;
  readonly reason: string;
  readonly timeMs: number;
}

/**
 * Reads the digit in a picture.
 *
 * @param direct the service, if no Service Worker answers the requests of this page
 */
export async function predict(picture: Blob, direct: OpenService | undefined): Promise<Prediction> {
  const beganAt = performance.now();
  const init = { method: "POST", body: picture, headers: { "content-type": picture.type } };
  const response = await (direct?.fetch("/predict", init) ?? fetch("predict", init));
  const answer = (await response.json()) as Prediction & { readonly error?: string };
  if (!response.ok) throw new Error(answer.error);
  const { place = "", reason = "" } = direct?.answerOf(response) ?? {};
  return {
    ...answer,
    place: response.headers.get("x-ekiben-place") ?? (place === "local" ? "page" : place),
    reason: response.headers.get("x-ekiben-reason") ?? reason,
    timeMs: performance.now() - beganAt,
  };
}
