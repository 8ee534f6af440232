/** The script of the Service Worker: answers `/predict` and the other paths of the service. */
import { openService } from "ekiben/browser";
import { type Assets, runServiceWorker } from "ekiben/service-worker";
import service from "../mnist/service.ts";

/** The files of the page, which the build fills in. */
declare const ASSETS: Assets;

runServiceWorker({ inline: openService(service, { backend: "wasm" }), assets: ASSETS });
