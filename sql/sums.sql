-- Sums that are kept added up: by day and hour, and the counters of /metrics.  Each is added to by change_add_sum
-- (app/store/store.h); the views spread a row over the tables (sql/schema/sums.sql).

-- name: sums_attempts
INSERT INTO attempt_sum (made, hour, key_id, team_id, model_group, deployment_id, provider, model, tier, direction, state, outcome, status,
	attempts, failures, input_tokens, cached_tokens, output_tokens, cost_nano, overrun_nano, latency_ms)
VALUES (:made, :hour, :key_id, :team_id, :model_group, :deployment_id, :provider, :model, :tier, :direction, :state, :outcome, :status,
	:attempts, :failures, :input_tokens, :cached_tokens, :output_tokens, :cost_nano, :overrun_nano, :latency_ms);

-- name: sums_requests
INSERT INTO request_sum (hour, key_id, team_id, model_group, answered_group, outcome, status, requests, fell_back, blocked_upward,
	not_spent_nano, not_spent_most_nano, cost_nano, cache_hits, cache_saved_nano, mistakes, limited)
VALUES (:hour, :key_id, :team_id, :model_group, :answered_group, :outcome, :status, :requests, :fell_back, :blocked_upward,
	:not_spent_nano, :not_spent_most_nano, :cost_nano, :cache_hits, :cache_saved_nano, :mistakes, :limited);

-- name: sums_labels
INSERT INTO label_sum (kind, id, hour, key_id, team_id, provider, model, tier, attempts, failures, input_tokens, output_tokens, cost_nano)
VALUES (:kind, :id, :hour, :key_id, :team_id, :provider, :model, :tier, :attempts, :failures, :input_tokens, :output_tokens, :cost_nano);

-- An observation of a histogram, by the label that the sums before it have made.
-- name: sums_times
INSERT INTO metric_time (what, model, le_us, observations, sum_us)
VALUES (:what, coalesce((SELECT value FROM metric_label WHERE kind = :kind AND value = :model), 'other'), :le_us, :observations, :sum_us)
ON CONFLICT DO UPDATE SET observations = observations + excluded.observations, sum_us = sum_us + excluded.sum_us;
