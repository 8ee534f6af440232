/** Keeps what is logged off the console, to look at instead. */
import { configureSync, getTextFormatter, resetSync } from "@logtape/logtape";

interface Silenced extends Disposable {
  /** What has been logged since. */
  readonly text: string;
}

export function silenced(): Silenced {
  const format = getTextFormatter();
  let text = "";
  const configuration = {
    reset: true,
    sinks: {
      memory: (record: Parameters<typeof format>[0]) => {
        text += format(record);
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
    [Symbol.dispose]: () => resetSync(),
  };
}
