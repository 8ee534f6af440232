/**
 * The JSON Schema of the configuration, by which an editor completes and checks the file. A test
 * holds it together with the code that reads the file; `config.schema.json` is its text.
 * @module
 */

import { API_SERVER } from "./api-server.ts";
import { ONE_RUNNER, RUNNERS } from "./runners.ts";
import { about, choice, DEFINITIONS, type JsonSchema, section } from "./values.ts";

/** The JSON Schema of the configuration, of draft 7. */
export const CONFIG_SCHEMA: JsonSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "The configuration of Ekiben",
  ...section({
    version: choice(about("version of the configuration", "1", 1), [1]),
    api_server: { description: "The settings of the server.", ...API_SERVER },
    runners: RUNNERS,
  }),
  definitions: { ...DEFINITIONS, runner: ONE_RUNNER },
};

/** Returns the text of the schema. */
export function configSchemaText(): string {
  return `${JSON.stringify(CONFIG_SCHEMA, undefined, 2)}\n`;
}
