/** An echo of text by bare Hono, on the server of the runtime. Argument: the port. */
import process from "node:process";
import { Hono } from "hono";
import { listen } from "./listen.ts";

const app = new Hono();
app.post("/echo", async (context) => context.text(await context.req.text()));

listen(app, Number(process.argv[2]));
