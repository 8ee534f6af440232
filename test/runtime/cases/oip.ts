/** The Open Inference Protocol over HTTP: the model of the example. */
import { ensure, equal } from "./check.ts";
import type { Case, Target } from "./target.ts";

const PIXELS = 28 * 28;

/** Pictures of two digits, as bars of ink: any pixels do. */
const PICTURES: Float32Array = Float32Array.from({ length: 2 * PIXELS }, (_, at) =>
  at % 28 === (at < PIXELS ? 14 : 7) ? 1 : 0,
);

interface Output {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data?: readonly number[];
  readonly parameters?: object;
}

interface Inferred {
  readonly model_name: string;
  readonly id?: string;
  readonly outputs: readonly Output[];
}

const HEADER = "inference-header-content-length";
const INPUT = { name: "image", shape: [2, 1, 28, 28], datatype: "FP32" };

async function inferJson(target: Target): Promise<readonly number[]> {
  const body = JSON.stringify({ id: "two", inputs: [{ ...INPUT, data: [...PICTURES] }] });
  const response = await target.fetch("/v2/models/mnist/infer", { method: "POST", body });
  const { model_name, id, outputs } = (await response.json()) as Inferred;
  equal([response.status, model_name, id], [200, "mnist", "two"]);
  const [output] = outputs;
  equal([output?.name, output?.datatype, output?.shape], ["probabilities", "FP32", [2, 10]]);
  return output?.data ?? [];
}

/** Returns the body of a request with a binary tensor, and its headers. */
function binaryRequest(): {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: HeadersInit;
} {
  const parameters = { binary_data_size: PICTURES.byteLength };
  const request = {
    inputs: [{ ...INPUT, parameters }],
    outputs: [{ name: "probabilities", parameters: { binary_data: true } }],
  };
  const json = new TextEncoder().encode(JSON.stringify(request));
  const body = new Uint8Array(json.length + PICTURES.byteLength);
  body.set(json);
  body.set(new Uint8Array(PICTURES.buffer), json.length);
  return { body, headers: { [HEADER]: String(json.length) } };
}

async function checkBinary(target: Target, init: RequestInit): Promise<void> {
  const wanted = await inferJson(target);
  const response = await target.fetch("/v2/models/mnist/infer", { method: "POST", ...init });
  equal([response.status, response.headers.get("content-type")], [200, "application/octet-stream"]);
  const bytes = await response.bytes();
  const length = Number(response.headers.get(HEADER));
  const { outputs } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, length))) as Inferred;
  equal(outputs[0]?.parameters, { binary_data_size: 80 });
  const floats = new Float32Array(bytes.slice(length).buffer);
  equal(
    [...floats].map(String),
    wanted.map((value) => String(Math.fround(value))),
  );
}

/** Models by the Open Inference Protocol. */
export const OIP: readonly Case[] = [
  {
    name: "health checks, metadata and the list of models",
    async run(target) {
      const json = async (path: string): Promise<unknown> =>
        await (await target.fetch(path)).json();
      equal(await json("/v2/health/live"), { live: true });
      equal(await json("/v2/models"), { models: ["mnist"] }); // starts the service of an app()
      equal(await json("/v2/health/ready"), { ready: true, live: true });
      const { inputs, outputs } = (await json("/v2/models/mnist")) as Record<string, unknown>;
      equal(inputs, [{ name: "image", datatype: "FP32", shape: [-1, 1, 28, 28] }]);
      equal(outputs, [{ name: "probabilities", datatype: "FP32", shape: [-1, 10] }]);
      const { extensions } = (await json("/v2")) as { extensions: readonly string[] };
      ensure(extensions.includes("binary_tensor_data"), String(extensions));
    },
  },
  {
    name: "an inference in JSON, and the same with binary tensors",
    async run(target) {
      await checkBinary(target, binaryRequest());
    },
  },
  ...(["gzip", "deflate"] as const).map(
    (format): Case => ({
      name: `a binary tensor compressed by ${format}`,
      async run(target) {
        const { body, headers } = binaryRequest();
        const compressed = new Response(body).body?.pipeThrough(new CompressionStream(format));
        await checkBinary(target, {
          body: await new Response(compressed).arrayBuffer(),
          headers: { ...headers, "content-encoding": format },
        });
      },
    }),
  ),
  {
    name: "errors in the form of the protocol",
    async run(target) {
      for (const [path, method, status] of [
        ["/v2/models/nothing", "GET", 404],
        ["/v2/models/mnist/infer", "GET", 405],
        ["/v2/models/mnist/infer", "POST", 400],
        ["/v2/logging", "GET", 501],
      ] as const) {
        const body = method === "POST" ? { body: "{" } : {};
        const response = await target.fetch(path, { method, ...body });
        const fields = Object.keys((await response.json()) as object);
        equal([path, response.status, fields], [path, status, ["error"]]);
      }
    },
  },
];
