/**
 * Chooses the page that is to answer a request.
 * @module
 */

import type { Clock } from "../../clock.ts";
import { Link } from "./link.ts";
import type { PageState } from "./messages.ts";
import type { Client, WorkerScope } from "./scope.ts";

/** The longest wait for the states of pages: a page that is loading may take a while. */
const OFFER_MS = 1_000;

/** The longest wait for a better page than the first that has reported its state. */
const BETTER_MS = 100;

/** The most pages that a request is offered to. */
const MAX_OFFERS = 16;

interface Found {
  readonly link: Link;
  readonly state: PageState;
}

/**
 * Offers a request to all pages below the scope, and returns a connection to the best one: a page
 * that is ready and visible, or ready, or visible; the one with the request before others.
 *
 * @param ownId the id of the page that has sent the request
 * @returns `undefined` if no page answers
 */
export async function choosePage(
  { clients, registration }: Pick<WorkerScope, "clients" | "registration">,
  ownId: string,
  clock: Clock,
): Promise<Link | undefined> {
  const all = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const below = all.filter(({ url }) => url.startsWith(registration.scope));
  const first = (client: Client): number => (client.id === ownId ? 0 : 1);
  const offered = below
    .sort((a, b) => first(a) - first(b))
    .slice(0, MAX_OFFERS)
    .map((client) => new Link(client, clients, clock));
  const best = await bestOf(offered, clock);
  for (const link of offered) if (link !== best) link.close();
  return best;
}

async function bestOf(links: readonly Link[], clock: Clock): Promise<Link | undefined> {
  if (links.length === 0) return undefined;
  const found: Found[] = [];
  const enough = Promise.withResolvers<void>();
  const cancels = [clock.after(OFFER_MS, enough.resolve)];
  let open = links.length;
  for (const link of links) {
    link
      .next()
      .then((state) => {
        if (state.kind !== "state") return;
        found.push({ link, state });
        if (state.ready && state.visible) enough.resolve();
        if (found.length === 1) cancels.push(clock.after(BETTER_MS, enough.resolve));
      })
      .catch(() => {}) // it was closed meanwhile
      .finally(() => {
        open -= 1;
        if (open === 0) enough.resolve();
      });
  }
  await enough.promise;
  for (const cancel of cancels) cancel();
  const inOrder = links.flatMap((link) => found.find((each) => each.link === link) ?? []);
  return inOrder.sort((a, b) => rank(b.state) - rank(a.state))[0]?.link;
}

function rank({ ready, failed, visible }: PageState): number {
  return (failed ? -4 : 0) + (ready ? 2 : 0) + (visible ? 1 : 0);
}
