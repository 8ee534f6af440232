/** Exchanges: a value that is sent to an API, and its answer, over every protocol. */
import type { JsonValue } from "@bufbuild/protobuf";
import { BentoService } from "../../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { base64Of, ensure, equal, matches } from "./check.ts";
import type { Case, Target } from "./target.ts";
import { FETCH_WIRES, GRPC, type Wire } from "./wires.ts";

/** An answer over REST: a text, JSON, bytes, or a check of one's own. */
export type RestAnswer =
  | string
  | { readonly json: JsonValue }
  | { readonly base64: string }
  | ((response: Response) => Promise<void>);

/** A refusal: the HTTP status, the code, and the words of the message. */
export type Refusal = readonly [status: number, code: string, words: RegExp];

/** One exchange with an API. */
export interface Exchange {
  readonly api: string;
  readonly what: string;
  /** Over REST: the body, what comes back, and the headers. */
  readonly rest?: readonly [BodyInit, RestAnswer | Refusal, Readonly<Record<string, string>>?];
  /** Over the others, the field of the message that is sent, and the one that comes back. */
  readonly message?: readonly [Field, Field | readonly [code: string, words: RegExp]];
}

/** A field of BentoML's message, as protobuf's JSON. */
type Field = Readonly<Record<string, JsonValue>>;

/** Returns true for a refusal. */
function isRefusal(answer: RestAnswer | Refusal): answer is Refusal {
  return Array.isArray(answer);
}

/** Returns the cases of exchanges over REST, Connect and gRPC-Web. */
export function casesOf(exchanges: readonly Exchange[]): Case[] {
  return exchanges.flatMap((exchange) => [
    ...restCases(exchange),
    ...FETCH_WIRES.flatMap((wire) => wireCases(exchange, wire)),
  ]);
}

/** Returns the cases of exchanges over gRPC. */
export function grpcCasesOf(exchanges: readonly Exchange[]): Case[] {
  return exchanges.flatMap((exchange) => wireCases(exchange, GRPC));
}

function restCases({ api, what, rest }: Exchange): Case[] {
  if (rest === undefined) return [];
  const [body, wanted, headers = {}] = rest;
  const run = async (target: Target): Promise<void> => {
    const response = await target.fetch(`/${api}`, { method: "POST", body, headers });
    if (isRefusal(wanted)) return await checkRefusal(response, wanted);
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    if (typeof wanted === "function") return await wanted(response);
    if (typeof wanted === "string") return equal(await response.text(), wanted);
    if ("json" in wanted) return equal(await response.json(), wanted.json);
    equal(base64Of(await response.bytes()), wanted.base64);
  };
  return [{ name: `${api}: ${what}, over REST`, run }];
}

/** Checks that an answer of REST is an error. */
export async function checkRefusal(response: Response, wanted: Refusal): Promise<void> {
  const [status, code, words] = wanted;
  const text = await response.text();
  equal(response.status, status, `The status of ${text}`);
  const body = JSON.parse(text) as Readonly<Record<string, string>>;
  equal(Object.keys(body).sort(), ["code", "error", "request_id"], "The keys of an error");
  equal(body["code"], code, `The code of ${text}`);
  matches(body["error"], words, "The message");
  equal(response.headers.get("x-request-id"), body["request_id"], "The id in the header");
}

function wireCases({ api, what, message }: Exchange, wire: Wire): Case[] {
  if (message === undefined) return [];
  const [sent, wanted] = message;
  const run = async (target: Target): Promise<void> => {
    const call = { method: BentoService.method.call, message: { apiName: api, ...sent } };
    const outcome = await wire.send(target, call);
    if (Array.isArray(wanted)) {
      equal(outcome.code, wanted[0], `The code, with the message ${outcome.message}`);
      return matches(outcome.message, wanted[1], "The message");
    }
    ensure(outcome.code === "ok", `${outcome.code}: ${outcome.message}`);
    equal(outcome.messages, [wanted]);
  };
  return [{ name: `${api}: ${what}, over ${wire.name}`, run }];
}
