/**
 * Checks of what a user writes in a definition: names and counts.
 * @module
 */

const NAME = /^[a-z0-9](?:[-._a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Checks a name by BentoML's rule for tags: 1 to 63 of `a-z 0-9 - . _`, a letter or digit at
 * both ends. BentoML lower-cases what it is given; here the name is used as written or refused,
 * so that a dashboard's label is what the code says.
 *
 * @param what what it names, for the message: `service`, `runner`
 * @throws TypeError for any other name
 */
export function checkName(what: string, name: unknown): string {
  if (typeof name === "string" && NAME.test(name)) return name;
  throw new TypeError(
    `Cannot name a ${what} ${JSON.stringify(name)}: a name is 1 to 63 of a-z, 0-9, "-", "." ` +
      'and "_", with a letter or digit at both ends',
  );
}

/**
 * Checks an option that counts something.
 *
 * @throws RangeError for anything but a whole number from `least` up
 */
export function checkCount(option: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`"${option}" must be a whole number from ${least} up, but was ${value}`);
}
