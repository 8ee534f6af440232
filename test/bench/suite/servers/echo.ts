/** An echo of text, for `ekiben serve`. */
import { api, service, text } from "ekiben";

export default service("echo", {
  apis: { echo: api({ input: text(), output: text() }, (given) => given) },
});
