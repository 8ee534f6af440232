/**
 * The answers while a service cannot be served: a page for browsers, an error object for programs.
 * @module
 */

/** An answer over HTTP. */
export interface ErrorAnswer {
  readonly type: string;
  readonly body: string;
}

/**
 * Returns the answer to a request.
 *
 * @param accept the header `Accept`
 * @param text why the service cannot be served
 */
export function errorAnswer(
  { accept, method, requestId }: { accept: string; method: string; requestId: string },
  text: string,
): ErrorAnswer {
  if (method === "GET" && accept.includes("text/html")) {
    return { type: "text/html; charset=utf-8", body: page(text) };
  }
  const error = { error: text, code: "unavailable", request_id: requestId };
  return { type: "application/json", body: JSON.stringify(error) };
}

/** It loads itself again, so that it gives way to the service once that is fixed. */
function page(text: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2">
<title>Not serving</title>
<style>
  :root { color-scheme: light dark; font-family: system-ui, sans-serif; }
  body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
  h1 { font-size: 1.3rem; }
  pre { border: 1px solid #d33; border-radius: .5rem; overflow: auto; padding: 1rem; }
</style>
<h1>The service cannot be served</h1>
<pre role="alert">${escaped(text)}</pre>
<p>It is started again when its files change, and this page then shows it.</p>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
