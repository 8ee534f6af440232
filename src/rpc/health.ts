/**
 * `grpc.health.v1.Health`: the service's readiness, for load balancers and for BentoML's client
 * (https://github.com/grpc/grpc/blob/master/doc/health-checking.md).
 * @module
 */

import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import {
  type Health,
  HealthCheckResponse_ServingStatus as Status,
} from "../gen/grpc/health/v1/health_pb.ts";
import { excerpt } from "../io/wording.ts";
import type { Service } from "../service/service.ts";
import { withRequestId } from "./rpc-error.ts";

/** The full names of the services of a server. */
export interface ServiceNames {
  has(name: string): boolean;
  names(): readonly string[];
}

/**
 * Returns the implementation. All services are ready when the runners are.
 *
 * @param mounted the services of the server
 */
export function health(service: Service, mounted: ServiceNames): ServiceImpl<typeof Health> {
  const statusOf = (name: string): Status => {
    if (name !== "" && !mounted.has(name)) return Status.SERVICE_UNKNOWN;
    return service.ready ? Status.SERVING : Status.NOT_SERVING;
  };
  return {
    check({ service: name }, handler) {
      const status = statusOf(name);
      if (status !== Status.SERVICE_UNKNOWN) return { status };
      const known = mounted.names().join(", ");
      const text = `There is no service "${excerpt(name)}"; there are ${known}`;
      throw withRequestId(new ConnectError(text, Code.NotFound), handler);
    },
    async *watch({ service: name }, { signal }) {
      let changed = Promise.withResolvers<void>();
      const wake = (): void => changed.resolve();
      const unsubscribe = service.onReadyChange(wake);
      signal.addEventListener("abort", wake, { once: true });
      try {
        let sent: Status | undefined;
        while (!signal.aborted) {
          // Before the status is read, so that no later change is missed.
          changed = Promise.withResolvers();
          const status = statusOf(name);
          if (status !== sent) yield { status };
          sent = status;
          // A stream that stays open would delay the stop.
          if (service.admission.draining) return;
          await changed.promise;
        }
        throw ConnectError.from(signal.reason, Code.Canceled);
      } finally {
        unsubscribe();
        signal.removeEventListener("abort", wake);
      }
    },
  };
}
