/** The part of the package that is used here: it has no types of its own. */
declare module "vader-sentiment" {
  export const SentimentIntensityAnalyzer: {
    /** @returns `compound`, from -1 (negative) to 1 (positive); 0 for a text without words */
    polarity_scores(text: string): { readonly compound: number };
  };
}
