/** The environment variable of the server of `ekiben dev` with what it has to know. */
export const LINK_VARIABLE = "EKIBEN_DEV_LINK";
