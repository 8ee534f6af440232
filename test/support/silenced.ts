/** Collects log records in memory instead of printing them. */
import { configureSync, getTextFormatter, resetSync } from "@logtape/logtape";

interface Silenced extends Disposable {
  /** The text of all records since then. */
  readonly text: string;
  /** The values of the lines of requests since then. */
  readonly requests: readonly Readonly<Record<string, unknown>>[];
}

export function silenced(): Silenced {
  const format = getTextFormatter();
  const requests: Record<string, unknown>[] = [];
  let text = "";
  const configuration = {
    reset: true,
    sinks: {
      memory: (record: Parameters<typeof format>[0]) => {
        if (record.category[1] === "access") requests.push(record.properties);
        else text += format(record);
      },
    },
    loggers: [
      { category: ["ekiben"], lowestLevel: "debug", sinks: ["memory"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["memory"] },
    ],
  } as const;
  configureSync(configuration as unknown as Parameters<typeof configureSync>[0]);
  return {
    get text() {
      return text;
    },
    requests,
    [Symbol.dispose]: () => resetSync(),
  };
}
