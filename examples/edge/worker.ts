/** The digits of examples/mnist as a Cloudflare Worker. */
import { app } from "ekiben";
import mnist from "../mnist/service.ts";

export default app(mnist);
