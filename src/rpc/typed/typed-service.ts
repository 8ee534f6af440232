/**
 * TypedService: the APIs of a service as an rpc each, with messages of the types of their inputs
 * and outputs, as `ekiben proto` writes them. Its types are made at its first call, or when
 * reflection asks for them: most servers are never called so.
 * @module
 */

import type { DescService } from "@bufbuild/protobuf";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import type { ProtoFile, ProtoMethod } from "../../proto/index.ts";
import { type ApiCall, answerApi, streamAnswers } from "../call-api.ts";
import { nameMethod } from "../methods.ts";
import type { RpcServer } from "../rpc-server.ts";
import { type TypedNames, typedNames } from "./typed-names.ts";

/** The types, once they are made. */
interface Made {
  readonly file: ProtoFile;
  readonly service: DescService;
}

/** The typed rpcs of a service. */
export class TypedService {
  /** The full name of the service. */
  readonly typeName: string;
  /** The paths of its methods. */
  readonly paths: ReadonlySet<string>;
  readonly #server: RpcServer;
  readonly #package: string;
  #made: Promise<Made> | undefined;

  private constructor(server: RpcServer, names: TypedNames) {
    this.#server = server;
    this.#package = names.package;
    this.typeName = names.typeName;
    this.paths = names.paths;
  }

  /** Returns the service of a server; undefined for one without APIs, or that wants none. */
  static of(server: RpcServer): TypedService | undefined {
    const names = typedNames(server.service);
    return names && new TypedService(server, names);
  }

  /** Returns the descriptor of the service. */
  async descriptor(): Promise<DescService> {
    return (await this.#types()).service;
  }

  /**
   * Adds the methods to a router.
   *
   * @returns true if they stay as they are: the tensors of a model are not known before it is ready
   */
  async addTo(router: ConnectRouter): Promise<boolean> {
    const isReady = this.#server.service.ready;
    const { file, service } = await this.#types();
    const methods = file.methods.map((method, at) => {
      const desc = service.methods[at];
      if (desc !== undefined) nameMethod(desc, method.apiName);
      return [desc?.localName ?? "", implementationOf(this.#server, method)] as const;
    });
    router.service(service, Object.fromEntries(methods) as object);
    return isReady;
  }

  #types(): Promise<Made> {
    if (this.#made !== undefined) return this.#made;
    const made = this.#make();
    if (this.#server.service.ready) {
      this.#made = made;
      // Those of a failure are made anew.
      made.catch(() => {
        this.#made = undefined;
      });
    }
    return made;
  }

  async #make(): Promise<Made> {
    const { protoFile, descriptorOf } = await import("../../proto/index.ts");
    const { service: given } = this.#server;
    const earlier = given.proto === false ? undefined : given.proto;
    const file = protoFile(given, { package: this.#package, earlier });
    const [service] = descriptorOf(file).services;
    if (service === undefined) throw new TypeError(`There is no service in ${file.path}`);
    return { file, service };
  }
}

/** The implementation of a method. Its messages are those of a type that is made while it runs. */
type Implementation = (message: unknown, handler: HandlerContext) => object;

function implementationOf(server: RpcServer, method: ProtoMethod): Implementation {
  const { apiName, input, output, isStream } = method;
  const callOf = (message: unknown): ApiCall<object> => ({
    apiName,
    decode: (_, host) => input.decode(message, host),
    encode: (_, value, host) => output.encode(value, host) as object | Promise<object>,
  });
  return isStream
    ? (message, handler) => streamAnswers(server, callOf(message), handler)
    : (message, handler) => answerApi(server, callOf(message), handler);
}
