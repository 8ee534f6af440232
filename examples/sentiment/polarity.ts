/** Runs inside the workers: finds out by VADER whether a text is positive. */
import { exponentialBuckets, runnable } from "ekiben/runnable";
import { SentimentIntensityAnalyzer } from "vader-sentiment";
import vader from "vader-sentiment/package.json" with { type: "json" };

/**
 * The part of a word after its first 40 letters. VADER has no word that is as long, and the time of
 * its test for capitals grows with the cube of a word's length.
 */
const TAIL = /(?<=\S{40})\S+/g;

export default runnable(import.meta.url, ({ metrics }) => {
  const sentences = new Intl.Segmenter("en", { granularity: "sentence" });
  const duration = metrics.histogram("inference_duration", {
    help: "Duration of inference in seconds",
    labels: ["vader_version", "sentiment_cls"],
    buckets: exponentialBuckets(0.001, 1.5, 10),
  });
  const analyzer = { vader_version: vader.version, sentiment_cls: "SentimentIntensityAnalyzer" };
  return {
    methods: {
      /** Returns true if the mean of the sentences' scores, each from -1 to 1, is above 0. */
      isPositive(text: string): boolean {
        using _ = duration.time(analyzer);
        const scores = Array.from(
          sentences.segment(text.replace(TAIL, "")),
          ({ segment }) => SentimentIntensityAnalyzer.polarity_scores(segment).compound,
        );
        return scores.reduce((sum, score) => sum + score, 0) / scores.length > 0;
      },
    },
  };
});
