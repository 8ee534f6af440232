/** Short ways to a configuration. */
import { type Config, parseConfig } from "../../src/config/config.ts";
import type { Environment } from "../../src/config/expand.ts";

/** The configuration of a file with this text. */
export function configOf(text: string, environment: Environment = {}): Config {
  return parseConfig({ file: { name: "c.yaml", text }, environment });
}

/** The configuration of this value of `EKIBEN_CONFIG_OPTIONS` alone. */
export function configOfOptions(options: string): Config {
  return parseConfig({ environment: { EKIBEN_CONFIG_OPTIONS: options } });
}
