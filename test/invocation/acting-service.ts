/** A service that does what its input says: as an API, as a stream, and as a mounted service. */
import type { HandlerContext } from "@connectrpc/connect";
import { api, type Context, contextOf, runner, ServiceError, service, text } from "ekiben";
import { serve } from "ekiben/serve";
import echoing from "../bench/echo.ts";
import { Greeter, type Hello } from "../rpc/greeter.ts";
import { GrpcClient } from "../runtime/http2/grpc-client.ts";
import type { Target } from "./ways.ts";

/** What a command may do, beside answering with its own name. */
type Act = (context: Context, echo: (text: string) => Promise<string>) => unknown;

const COMMANDS: Readonly<Record<string, Act>> = {
  id: ({ requestId }) => requestId,
  query: ({ query }) => query.get("note"),
  deadline: ({ deadlineAt }) => String(deadlineAt - performance.now() <= 20_000),
  explain: (_, echo) => echo("explain"),
  "explain, then fail": async (_, echo) => {
    await echo("explain");
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
  "set the status 404": ({ response }) => {
    response.status = 404;
  },
  "set the status 99": ({ response }) => {
    response.status = 99;
  },
};

/** Serves it on free ports. */
export async function openActing(maxBodyBytes = 20_000) {
  const echoes = runner(echoing, { name: "echoes", workers: 1 });
  async function act(command: string, context: Context): Promise<string> {
    const echo = async (value: string) => (await echoes.echo([value], context))[0] ?? "";
    const made = await COMMANDS[command]?.(context, echo);
    return typeof made === "string" ? made : command;
  }
  async function* actOften(command: string, context: Context): AsyncGenerator<string> {
    yield await act(command, context);
    if (command === "fail later") throw new ServiceError("failed_precondition", "failed");
    if (command === "explain") yield await act(command, context);
    else yield "end";
  }
  const words = { input: text(), output: text() };
  const definition = service("acting", {
    runners: [echoes],
    apis: { one: api(words, act), many: api(words, actOften) },
    rpc: (router) =>
      void router.service(Greeter, {
        greet: async ({ name }: Hello, handler: HandlerContext) => ({
          name: await act(name, contextOf(handler)),
        }),
        async *greetMany({ name }: Hello, handler: HandlerContext) {
          for await (const value of actOften(name, contextOf(handler))) yield { name: value };
        },
      } as never),
  });
  const server = await serve(definition, {
    port: 0,
    grpcPort: 0,
    host: "127.0.0.1",
    signals: false,
    maxBodyBytes,
  });
  const grpc = new GrpcClient(`127.0.0.1:${server.grpcPort}`);
  const target: Target = { url: server.url, grpc };
  return {
    target,
    async [Symbol.asyncDispose]() {
      grpc.close();
      await server.close();
    },
  };
}
