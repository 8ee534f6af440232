/** The service that typed clients of other places call: pages of other origins, Workers. */
import { api, image, json, multipart, ndarray, ServiceError, service, text } from "ekiben";

const form = { note: text(), picture: image() };

export const shop = service("shop", {
  apis: {
    greet: api(
      { input: json<{ name: string }>(), output: json<{ hello: string }>() },
      (person) => ({
        hello: person.name,
      }),
    ),
    double: api(
      { input: ndarray({ dtype: "float32" }), output: ndarray({ dtype: "float32" }) },
      ({ dtype, shape, data }) => ({ dtype, shape, data: data.map((value) => value * 2) }),
    ),
    spell: api({ input: text(), output: text() }, async function* (word) {
      yield* word;
    }),
    breaking: api({ input: text(), output: text() }, async function* (word) {
      yield word;
      throw new ServiceError("failed_precondition", `No more than ${word}`);
    }),
    picture: api({ input: image(), output: image({ mimeType: "image/png" }) }, (value) => value),
    form: api(
      { input: multipart(form), output: json<{ note: string; width: number }>() },
      ({ note, picture }) => ({ note, width: picture.width }),
    ),
    refuse: api({ input: text(), output: text() }, (word) => {
      throw new ServiceError("already_exists", `There is ${word}`);
    }),
  },
});

export default shop;
