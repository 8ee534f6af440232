/**
 * Choosing the format of the metrics by the request's header Accept.
 * @module
 */

import { chooseOffer, type Offer } from "../../accept.ts";

/** What metrics can be written as. */
export type FormatName = "text" | "openmetrics" | "protobuf";

interface Format extends Offer {
  readonly name: FormatName;
}

/** The better ones first, for ranges that leave the choice to us: what everything reads. */
const OFFERS: readonly [Format, ...Format[]] = [
  { name: "text", type: "text/plain", parameters: { version: "0.0.4" } },
  { name: "openmetrics", type: "application/openmetrics-text", parameters: { version: "1.0.0" } },
  {
    name: "protobuf",
    type: "application/vnd.google.protobuf",
    parameters: { proto: "io.prometheus.client.metricfamily", encoding: "delimited" },
  },
];

/**
 * Returns the format with the highest quality; among equals, the one that is named first. Like
 * Prometheus's own libraries, returns text if the header is missing or accepts no known format.
 */
export function negotiate(accept: string | null): FormatName {
  return chooseOffer(accept, OFFERS).name;
}
