/** A service that says whether a text is positive: BentoML's example of a custom runner. */
import { api, json, metrics, runner, ServiceError, service, text } from "ekiben";
import polarity from "./polarity.ts";

/** The most characters of a text: VADER stores some 30 strings for each different word. */
const MAX_LENGTH = 100_000;

const analyzer = runner(polarity, { name: "sentiment" });
const measured = metrics();
const predicted = measured.counter("polarity_total", {
  help: "Texts by their polarity",
  labels: ["polarity"],
});

export default service("sentiment_analyzer", {
  runners: [analyzer],
  metrics: measured,
  apis: {
    analysis: api(
      {
        input: text(),
        output: json<{ is_positive: boolean }>(),
        description: "Whether a text in English is positive",
      },
      async (input, context) => {
        if (input.trim() === "") {
          throw new ServiceError("invalid_argument", "The text is empty: send a sentence or more");
        }
        if (input.length > MAX_LENGTH) {
          throw new ServiceError(
            "payload_too_large",
            `The text has ${input.length} characters: send at most ${MAX_LENGTH}`,
          );
        }
        const positive = await analyzer.isPositive(input, context);
        // Python's words: dashboards for BentoML's example query polarity="True".
        predicted.inc({ polarity: positive ? "True" : "False" });
        return { is_positive: positive };
      },
    ),
  },
});
