/** The service of the cases in `cases.ts`: the same in every place. */
import { type Service, service } from "ekiben";
import { createMiddleware } from "hono/factory";
import { acting, batchedRunner } from "./cases/acting.ts";
import { NAMED_APIS, NDARRAY_APIS } from "./cases/arrays.ts";
import { batchApis } from "./cases/batches.ts";
import { FILE_APIS, FORM_APIS, IMAGE_APIS, OWN_APIS } from "./cases/files.ts";
import { HeldRequests, heldApis } from "./cases/held.ts";
import { HTTP_APIS, mounted } from "./cases/http.ts";
import { ownMetrics } from "./cases/measured.ts";
import { modelApis, modelRunner } from "./cases/models.ts";
import { FRAME_APIS, SERIES_APIS } from "./cases/tables.ts";
import { JSON_APIS, TEXT_APIS } from "./cases/values.ts";

/** Makes the service, with runners of its own. */
export function everyPlace(): Service {
  const batched = batchedRunner();
  const model = modelRunner();
  const { registry, count } = ownMetrics();
  const held = new HeldRequests();
  const { apis, rpc } = acting(batched, held);
  const guard = createMiddleware(async (c, next) => {
    const user = c.req.header("x-user");
    if (user === "nobody") return c.text("refused", 403, { "x-refused": "yes" });
    count();
    c.set("user", user);
    return await next();
  });
  return service("every-place", {
    runners: [batched, model],
    metrics: registry,
    use: [guard],
    mount: { "/admin": mounted },
    rpc,
    apis: {
      ...TEXT_APIS,
      ...JSON_APIS,
      ...NDARRAY_APIS,
      ...NAMED_APIS,
      ...FRAME_APIS,
      ...SERIES_APIS,
      ...IMAGE_APIS,
      ...FILE_APIS,
      ...FORM_APIS,
      ...OWN_APIS,
      ...HTTP_APIS,
      ...apis,
      ...batchApis(batched),
      ...heldApis(batched, held),
      ...modelApis(model),
    },
  });
}
