/** An echo of JSON, for `ekiben serve`. */
import { api, json, service } from "ekiben";

export default service("json", {
  apis: { echo: api({ input: json(), output: json() }, (given) => given) },
});
