/** The version of Ekiben: the same as in package.json, deno.json and create-ekiben/package.json. */
export const VERSION: string = "0.1.0";
