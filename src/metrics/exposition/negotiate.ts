/**
 * Chooses the format of the metrics by the request's header Accept.
 * @module
 */

import { chooseOffer, type Offer } from "../../accept.ts";

/** The name of a format. */
export type FormatName = "text" | "openmetrics" | "protobuf";

interface FormatOffer extends Offer {
  readonly name: FormatName;
}

/** Ordered by preference, for ranges such as `*\/*`: text first, which every scraper reads. */
const OFFERS: readonly [FormatOffer, ...FormatOffer[]] = [
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
