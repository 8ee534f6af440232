// biome-ignore-all lint/style/noNonNullAssertion: `gradient` is as long as `logits`, and `label` is
// one of its indices.

/**
 * Returns the loss -ln(softmax(logits)[label]) of one picture. Its gradient by the logits,
 * softmax(logits) - onehot(label), goes to `gradient` (Bishop, "Pattern Recognition and Machine
 * Learning", 2006, equation 4.109).
 */
export function softmaxCrossEntropy(
  logits: Float32Array,
  label: number,
  gradient: Float32Array,
): number {
  // To subtract the greatest logit changes no ratio, and prevents an overflow of exp().
  const greatest = Math.max(...logits);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const exponential = Math.exp(logits[i]! - greatest);
    gradient[i] = exponential;
    sum += exponential;
  }
  const loss = -Math.log(gradient[label]! / sum);
  for (let i = 0; i < logits.length; i++) {
    gradient[i] = gradient[i]! / sum - (i === label ? 1 : 0);
  }
  return loss;
}
