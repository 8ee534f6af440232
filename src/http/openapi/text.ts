/**
 * openApiText(): the OpenAPI document of a service that no server serves.
 * @module
 */

import { BENTOML_IO } from "../../bentoml/compatibility.ts";
import { jsonText } from "../../io/json/text.ts";
import type { Service } from "../../service/service.ts";
import type { HttpAppOptions } from "../http-options.ts";
import { hasPage } from "../page/page.ts";
import { openApiOf } from "./document.ts";

/** Returns the document as a server with the options has it, for people to read. */
export function openApiText(
  service: Service,
  { ui, metrics, compatibility, access }: HttpAppOptions,
): string {
  const { nonFinite = "null" } = compatibility === true ? BENTOML_IO : {};
  const document = openApiOf(service, {
    hasMetrics: metrics?.enabled !== false,
    hasPage: hasPage(ui),
    nonFinite,
    access,
  });
  return `${indented(jsonText(document))}\n`;
}

/** Indents JSON without reading its numbers, whose digits may be more than a double has. */
function indented(json: string): string {
  let depth = 0;
  const lineBreak = () => `\n${"  ".repeat(depth)}`;
  return json.replace(/"(?:[^"\\]|\\.)*"|\{\}|\[\]|[{}[\],:]/g, (token) => {
    if (token === "{" || token === "[") {
      depth += 1;
      return `${token}${lineBreak()}`;
    }
    if (token === "}" || token === "]") {
      depth -= 1;
      return `${lineBreak()}${token}`;
    }
    if (token === ",") return `,${lineBreak()}`;
    return token === ":" ? ": " : token;
  });
}
