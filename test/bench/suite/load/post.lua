-- Sends the file BENCH_BODY with each request, with a header BENCH_NAME if there is one, and prints a line that a program can read.
wrk.method = "POST"
wrk.headers["Content-Type"] = os.getenv("BENCH_TYPE")
local name = os.getenv("BENCH_NAME") or ""
if name ~= "" then wrk.headers[name] = os.getenv("BENCH_VALUE") end
local file = assert(io.open(os.getenv("BENCH_BODY"), "rb"))
wrk.body = file:read("*a")
file:close()

function done(summary, latency)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format("BENCH %d %d %d %d %d\n", summary.requests, summary.duration, errors,
    latency:percentile(50), latency:percentile(99)))
end
