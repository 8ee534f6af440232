/** Pages and their Service Worker without a browser, joined by real message channels. */
import { openServiceOn, type RelayedService } from "../../../src/browser/open-service.ts";
import { answerOffers } from "../../../src/browser/relay/page.ts";
import type { Client, Clients, WorkerScope } from "../../../src/browser/relay/scope.ts";
import type { Service } from "../../../src/service/service.ts";

/** The scope of the Service Worker. */
export const SCOPE = "http://localhost/sub/";

/** A page that is open. */
export interface FakePage extends AsyncDisposable {
  readonly id: string;
  readonly open: RelayedService;
  /** Closes it, as a user does. Nothing else is done in it. */
  close(): void;
  /** Has it ignore all messages from now on, as a page that is frozen. */
  freeze(): void;
}

/** Pages of one origin. */
export class FakePages {
  readonly #clients = new Map<string, Client>();
  readonly scope: Pick<WorkerScope, "clients" | "registration">;
  #count = 0;

  constructor() {
    const clients: Clients = {
      matchAll: async () => [...this.#clients.values()],
      get: async (id) => this.#clients.get(id),
      claim: async () => {},
    };
    this.scope = { clients, registration: { scope: SCOPE } };
  }

  /** Opens a page with a service. */
  add(service: Service, url = SCOPE): FakePage {
    this.#count += 1;
    const id = `page ${this.#count}`;
    const open = openServiceOn(service, {}, {});
    const container = new EventTarget() as ServiceWorkerContainer;
    const offers = answerOffers(open, container);
    const ports: MessagePort[] = [];
    let isFrozen = false;
    this.#clients.set(id, {
      id,
      url,
      postMessage(data, transfer = []) {
        const own = transfer as MessagePort[];
        ports.push(...own);
        if (isFrozen) return;
        container.dispatchEvent(new MessageEvent("message", { data, ports: own }));
      },
    });
    const close = (): void => {
      this.#clients.delete(id);
      for (const port of ports) port.close();
    };
    return {
      id,
      open,
      close,
      freeze() {
        isFrozen = true;
      },
      async [Symbol.asyncDispose]() {
        close();
        offers[Symbol.dispose]();
        await open.close();
      },
    };
  }
}
