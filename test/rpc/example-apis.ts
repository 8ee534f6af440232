/** APIs with one for each thing that can happen to a call. */
import { ServiceError } from "../../src/error.ts";
import { json } from "../../src/io/json/json.ts";
import { series } from "../../src/io/table/series.ts";
import { ndarray } from "../../src/io/tensor/ndarray.ts";
import { text } from "../../src/io/text.ts";
import { api } from "../../src/service/api.ts";

const words = { input: text(), output: text() };

/** @param onAbort called with the reason for which a call of `wait` was aborted */
export function exampleApis(onAbort: (reason: unknown) => void = () => {}) {
  return {
    upper: api({ ...words, description: "Makes letters large." }, (value) => value.toUpperCase()),
    double: api({ input: ndarray({ dtype: "float32" }), output: ndarray() }, (x) => ({
      ...x,
      data: x.data.map((value) => 2 * value),
    })),
    fill: api({ input: series({ dtype: "float32" }), output: series() }, ({ data }) => ({
      data: data.map((cell) => cell ?? 0),
    })),
    respond: api({ input: json<[string, string][]>(), output: text() }, (set, context) => {
      const { headers } = context.response;
      for (const [name, value] of set) headers.append(name, value);
      return context.headers.get("x-say") ?? "nothing";
    }),
    identify: api(words, (_, { requestId }) => requestId),
    refuse: api(words, (code) => {
      throw new ServiceError(code as never, `refused as ${code}`, { retryAfterSeconds: 7 });
    }),
    crash: api(words, (secret) => {
      throw new Error(secret);
    }),
    lie: api({ input: text(), output: json<number>() }, () => Number.NaN),
    hang: api(words, () => new Promise<string>(() => {})),
    wait: api(words, (_, { signal }) => {
      return new Promise<string>((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          onAbort(signal.reason);
          reject(signal.reason);
        });
      });
    }),
  };
}
