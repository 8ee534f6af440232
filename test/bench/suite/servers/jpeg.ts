/** Shrinks pictures, for `ekiben serve`; the answer is the first pixel. */
import { api, image, json, service } from "ekiben";

export default service("jpeg", {
  apis: {
    shrink: api(
      { input: image({ resize: { width: 224, height: 224 } }), output: json<number[]>() },
      ({ data }) => Array.from(data.subarray(0, 3)),
    ),
  },
});
