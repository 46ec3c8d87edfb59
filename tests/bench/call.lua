-- wrk script: one request again and again, or several in turn. Arguments: session id, Accept, method, names of tools.
-- Prints its figures as a line of JSON.

local requests = {}
local turn = 0

local function add(session, accept, method, params)
  requests[#requests + 1] = wrk.format("POST", nil, {
    ["Content-Type"] = "application/json",
    ["Accept"] = accept,
    ["MCP-Protocol-Version"] = "2025-11-25",
    ["Mcp-Session-Id"] = session,
  }, string.format('{"jsonrpc":"2.0","id":1,"method":"%s"%s}', method, params))
end

function init(args)
  for i = 4, #args do
    add(args[1], args[2], args[3], string.format(',"params":{"name":"%s","arguments":{"a":1}}', args[i]))
  end
  if #requests == 0 then add(args[1], args[2], args[3], "") end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'figures {"requests": %d, "seconds": %.6f, "errors": %d, "p50_us": %d, "p99_us": %d}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
