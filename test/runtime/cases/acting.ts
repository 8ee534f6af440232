/** A handler that does what its input says: as an API, as a stream, and in a mounted service. */
import type { HandlerContext } from "@connectrpc/connect";
import {
  api,
  type Code,
  type Context,
  contextOf,
  runner,
  ServiceError,
  type ServiceOptions,
  tensor,
  text,
} from "ekiben";
import { Greeter, type Hello } from "../../rpc/greeter.ts";
import batched from "./batched.ts";
import type { HeldRequests } from "./held.ts";

/** Returns a runner of `batched.ts`. */
export function batchedRunner() {
  return runner(batched, { name: "batched", workers: 1 });
}

/** The runner of `batched.ts`. */
export type BatchedRunner = ReturnType<typeof batchedRunner>;

/** The work of a command, beside answering with its own name. */
type Act = (context: Context, runner: BatchedRunner) => unknown;

const row = () => tensor("float32", [1, 2], Float32Array.of(1, 0));

const COMMANDS: Readonly<Record<string, Act>> = {
  id: ({ requestId }) => requestId,
  query: ({ query }) => query.get("note"),
  header: ({ headers }) => headers.get("x-said"),
  user: (context) => context.get("user"),
  lane: ({ lane }) => lane,
  caller: ({ caller }) => `by ${caller}`,
  "answer time": ({ answerMs = 0 }) => (answerMs > 0 ? "known" : "unknown"),
  deadline: ({ deadlineAt }) => String(deadlineAt - performance.now() <= 20_000),
  run: (context, runner) => runner.double(row(), context),
  /** Time does not pass everywhere while code runs. */
  "run, then wait": async (context, runner) => {
    await runner.double(row(), context);
    await new Promise((resolve) => setTimeout(resolve, 5));
  },
  "run, then fail": async (context, runner) => {
    await runner.double(row(), context);
    throw new ServiceError("failed_precondition", "failed");
  },
  later: () => {
    throw new ServiceError("unavailable", "busy", { retryAfterSeconds: 6.5 });
  },
  crash: () => {
    throw new Error("the password is 1234");
  },
  hang: () => new Promise(() => {}),
  "set metadata": ({ response }) => {
    response.headers.set("x-made", "header");
    response.trailers.set("x-cost", "trailer");
  },
  "set metadata, then fail": ({ response }) => {
    response.headers.set("x-made", "header");
    response.trailers.set("x-cost", "trailer");
    throw new ServiceError("resource_exhausted", "enough");
  },
  "set a trailer of the protocol": ({ response }) => response.trailers.set("grpc-status", "0"),
  "set a trailer that cannot be": ({ response }) => response.trailers.set("no name", "0"),
  "set another id": ({ response }) => response.headers.set("x-request-id", "other"),
  "set the status 201": ({ response }) => {
    response.status = 201;
  },
  "set the status 404": ({ response }) => {
    response.status = 404;
  },
  "set the status 99": ({ response }) => {
    response.status = 99;
  },
};

/** Returns the APIs `one` and `many`, and a mounted service with the same two handlers. */
export function acting(runner: BatchedRunner, held: HeldRequests) {
  async function one(command: string, context: Context): Promise<string> {
    if (command.startsWith("throw ")) throw new ServiceError(command.slice(6) as Code, "refused");
    if (command.startsWith("hold ")) return await held.hold(command, context);
    const made = await COMMANDS[command]?.(context, runner);
    return typeof made === "string" ? made : command;
  }
  async function* many(command: string, context: Context): AsyncGenerator<string> {
    yield await one(command, context);
    if (command === "fail later") throw new ServiceError("failed_precondition", "failed");
    yield command === "run" ? await one(command, context) : "end";
  }
  const words = { input: text(), output: text() };
  const rpc: ServiceOptions<never>["rpc"] = (router) =>
    void router.service(Greeter, {
      greet: async ({ name }: Hello, handler: HandlerContext) => ({
        name: await one(name, contextOf(handler)),
      }),
      async *greetMany({ name }: Hello, handler: HandlerContext) {
        for await (const value of many(name, contextOf(handler))) yield { name: value };
      },
    } as never);
  return { apis: { one: api(words, one), many: api(words, many) }, rpc };
}
