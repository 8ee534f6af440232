/** A service with one API for each thing that can happen to a request. */
import { z } from "zod";
import { ServiceError } from "../../src/error.ts";
import { file } from "../../src/io/file.ts";
import { json } from "../../src/io/json/json.ts";
import { series } from "../../src/io/table/series.ts";
import { ndarray } from "../../src/io/tensor/ndarray.ts";
import { text } from "../../src/io/text.ts";
import { api } from "../../src/service/api.ts";
import { service } from "../../src/service/service.ts";

const person = z.object({ name: z.string(), age: z.number().int().min(0) });

export function example() {
  return service("example", {
    apis: {
      upper: api({ input: text(), output: text() }, (value) => value.toUpperCase()),
      greet: api({ input: json(person), output: json<{ hello: string }>() }, ({ name }) => ({
        hello: name,
      })),
      double: api(
        { input: ndarray({ dtype: "float32" }), output: ndarray(), route: "v1/numbers/double" },
        (x) => ({ ...x, data: x.data.map((value) => 2 * value) }),
      ),
      fill: api({ input: series({ dtype: "float32" }), output: series() }, ({ data }) => ({
        data: data.map((cell) => cell ?? 0),
      })),
      store: api({ input: file(), output: json<{ bytes: number }>() }, ({ bytes }) => ({
        bytes: bytes.length,
      })),
      download: api({ input: text(), output: file() }, (name) => ({
        bytes: Uint8Array.of(1, 2),
        type: "application/x-two",
        filename: name,
      })),
      respond: api({ input: text(), output: text() }, (value, { response, query, headers }) => {
        response.status = Number(query.get("status"));
        response.headers.set("x-echo", headers.get("x-say") ?? "nothing");
        return value;
      }),
      header: api({ input: text(), output: text() }, (value, { response }) => {
        response.headers.set("x-made", value);
        response.headers.set("content-length", "1");
        return "made";
      }),
      identify: api({ input: text(), output: text() }, (_, { requestId }) => requestId),
      refuse: api({ input: text(), output: text() }, (code) => {
        throw new ServiceError(code as never, `refused as ${code}`, { retryAfterSeconds: 7 });
      }),
      crash: api({ input: text(), output: text() }, (secret) => {
        throw new Error(secret);
      }),
      lie: api({ input: text(), output: json<number>() }, () => Number.NaN),
      hang: api({ input: text(), output: text() }, () => new Promise<string>(() => {})),
      signalled: api(
        { input: text(), output: text() },
        (_, { signal }) =>
          new Promise<string>((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason));
          }),
      ),
    },
  });
}
