/** Every way to send a command to the handler of `acting.ts`, and the outcome in the same words. */
import type { DescMethod, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { BentoService } from "../../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { Inference } from "../../../src/gen/ekiben/v1/inference_pb.ts";
import { Greeter } from "../../rpc/greeter.ts";
import { ensure, matches } from "./check.ts";
import type { Target } from "./target.ts";
import { FETCH_WIRES, GRPC, type Outcome, type Wire } from "./wires.ts";

/** The outcome of a command. */
export interface Reply extends Omit<Outcome, "messages"> {
  readonly values: readonly string[];
}

/** The parts of a request beside its command. */
export interface Extra {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** One way. */
export interface Way {
  readonly name: string;
  readonly protocol: "REST" | Wire["protocol"];
  /** The name of its protocol and encoding. */
  readonly wire: string;
  readonly isStream: boolean;
  /** The name it is counted by. */
  readonly endpoint: string;
  readonly timeout: Wire["timeout"];
  call(target: Target, command: string, extra?: Extra): Promise<Reply>;
}

const QUERY = "?note=from+the+query";

function rest(isStream: boolean): Way {
  const endpoint = isStream ? "/many" : "/one";
  const accept: Record<string, string> = isStream ? { accept: "text/event-stream" } : {};
  return {
    name: isStream ? "REST events" : "REST",
    protocol: "REST",
    wire: "REST",
    isStream,
    endpoint,
    timeout: ["request-timeout", (ms) => `${ms / 1000}`],
    async call(target, command, { headers, signal } = {}) {
      const response = await target.fetch(`${endpoint}${QUERY}`, {
        method: "POST",
        body: command,
        headers: { ...accept, ...headers },
        signal: signal ?? null,
      });
      const body = await response.text();
      const { headers: header } = response;
      const retryAfter = header.get("retry-after");
      const retryMs = retryAfter === null ? undefined : 1000 * Number(retryAfter);
      if (!response.ok) {
        const { code, error: message } = errorOf(response.status, body);
        return { code, message, values: [], header, trailer: header, retryMs };
      }
      if (!isStream) return { ...OK, values: [body], header, trailer: header };
      return { header, retryMs, ...eventsIn(body) };
    },
  };
}

const OK = { code: "ok", message: "", retryMs: undefined };

/** Returns the error in a body; that of a middleware is a text of its own. */
function errorOf(status: number, body: string): { readonly code: string; readonly error: string } {
  return body.startsWith("{") ? JSON.parse(body) : { code: `HTTP ${status}`, error: body };
}

function eventsIn(body: string): Pick<Reply, "code" | "message" | "values" | "trailer"> {
  const values: string[] = [];
  const trailer = new Headers();
  let [code, message] = ["ok", ""];
  for (const block of body.split("\n\n").slice(0, -1)) {
    const [, event = "", data = ""] = /^(?:event: (.*)\n)?data: (.*)$/.exec(block) ?? [];
    if (event === "error") ({ code, error: message } = JSON.parse(data));
    else if (event === "") values.push(data);
    else trailer.set(event, data);
  }
  return { code, message, values, trailer };
}

/** A method that runs the handler: its message for a command, and the value in its answer. */
interface Method {
  readonly name: string;
  readonly method: DescMethod;
  readonly endpoint: string;
  readonly of: (command: string) => JsonValue;
  readonly value: (answer: JsonObject) => JsonValue | undefined;
}

const METHODS: readonly Method[] = [
  {
    name: "Call",
    method: BentoService.method.call,
    endpoint: "one",
    of: (text) => ({ apiName: "one", text }),
    value: ({ text }) => text,
  },
  {
    name: "CallStream",
    method: Inference.method.callStream,
    endpoint: "many",
    of: (text) => ({ request: { apiName: "many", text } }),
    value: ({ response }) => (response as JsonObject)["text"],
  },
  ...(["greet", "greetMany"] as const).map((name): Method => {
    const method = Greeter.method[name] as DescMethod;
    return {
      name: `mounted ${method.name}`,
      method,
      endpoint: `example.Greeter/${method.name}`,
      of: (command) => ({ name: command }),
      value: (answer) => answer["name"],
    };
  }),
];

function over(wire: Wire, { name, method, endpoint, of, value }: Method): Way {
  return {
    name: `${wire.name}, ${name}`,
    protocol: wire.protocol,
    wire: wire.name,
    isStream: method.methodKind === "server_streaming",
    endpoint,
    timeout: wire.timeout,
    async call(target, command, extra = {}) {
      const sent = { method, message: of(command), query: QUERY, ...extra };
      const { messages, ...outcome } = await wire.send(target, sent);
      return { ...outcome, values: messages.map((each) => String(value(each) ?? "")) };
    },
  };
}

/** The ways over any host of `fetch`. */
export const FETCH_WAYS: readonly Way[] = [
  rest(false),
  rest(true),
  ...FETCH_WIRES.flatMap((wire) => METHODS.map((method) => over(wire, method))),
];

/** The ways over gRPC. */
export const GRPC_WAYS: readonly Way[] = METHODS.map((method) => over(GRPC, method));

/** Returns the metadata of a name, wherever it was. */
export function find({ header, trailer }: Reply, name: string): string | null {
  return header.get(name) ?? trailer.get(name);
}

/** Sends a command that is answered. @throws Error if it is not */
export async function succeed(
  way: Way,
  target: Target,
  command: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const reply = await way.call(target, command, { headers });
  ensure(reply.code === "ok", `"${command}" is refused: ${reply.code}: ${reply.message}`);
  matches(find(reply, "x-request-id"), /^[\w-]+$/, "The id");
  return reply;
}

/** Sends a command that is refused. @throws Error if it is not */
export async function fail(
  way: Way,
  target: Target,
  command: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const reply = await way.call(target, command, { headers });
  ensure(reply.code !== "ok", `"${command}" is answered with ${reply.values}`);
  matches(find(reply, "x-request-id"), /^[\w-]+$/, "The id");
  return reply;
}
