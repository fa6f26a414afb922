-- What wrk has seen, in one line: requests, microseconds, requests without a right answer, and within how many
-- microseconds 50, 99 and 99.9 of a hundred were answered.
function done(summary, latency)
    local errors = 0
    for _, count in pairs(summary.errors) do
        errors = errors + count
    end
    local within = { latency:percentile(50), latency:percentile(99), latency:percentile(99.9) }
    print(string.format("csp-bench: %d %d %d %d %d %d", summary.requests, summary.duration, errors, unpack(within)))
end
