/** The script of the Web Workers: the runners of the page run their models in it. */
import { runWorker } from "ekiben/worker";
import service from "../mnist/service.ts";

runWorker(service);
