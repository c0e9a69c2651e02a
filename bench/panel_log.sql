-- Fills an empty database with @REQUESTS@ requests of the 90 days before @NOW_MS@, their sums and their attempts, 1.12 a request: nine in ten are answered by their own
-- group, eight in a hundred go sideways, one in a hundred meets a dearer fallback, one goes past a cooldown, two fail.
-- 2,000 keys in 20 teams, 6 groups of 2 deployments at 2 providers in 2 tiers, 300 end users, 12 tags.
PRAGMA synchronous = OFF;
PRAGMA journal_mode = MEMORY;
PRAGMA cache_size = -200000;
BEGIN;
INSERT INTO team (id, alias, created_ms)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19)
SELECT 'team-' || i, 'team-' || i, @NOW_MS@ FROM n;
INSERT INTO virtual_key (id, hash, hint, alias, team_id, created_ms)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1999)
SELECT 'key-' || i, 'none-' || i, 'sk-...' || i, 'client-' || i, 'team-' || (i % 20), @NOW_MS@ FROM n;

-- kind: 0 to 87 own, 88 to 95 sideways, 96 blocked and sideways, 97 skipped and sideways, 98 failed twice, 99 the client's mistake
CREATE TEMP TABLE n AS
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < @REQUESTS@ - 1),
	at(i, t) AS (SELECT i, @NOW_MS@ - 90 * 86400000 + i * (90 * 86400000 / @REQUESTS@) FROM n),
	a(s) AS (VALUES ('0123456789abcdefghjkmnpqrstvwxyz'))
SELECT i, t, substr(s, (t >> 45 & 31) + 1, 1) || substr(s, (t >> 40 & 31) + 1, 1) || substr(s, (t >> 35 & 31) + 1, 1)
	|| substr(s, (t >> 30 & 31) + 1, 1) || substr(s, (t >> 25 & 31) + 1, 1) || substr(s, (t >> 20 & 31) + 1, 1)
	|| substr(s, (t >> 15 & 31) + 1, 1) || substr(s, (t >> 10 & 31) + 1, 1) || substr(s, (t >> 5 & 31) + 1, 1)
	|| substr(s, (t & 31) + 1, 1) || printf('%08x%08x', i, i * 2654435761 % 4294967296) AS id,
	i * 2654435761 % 4294967296 / 7 % 2000 AS k, i * 2654435761 % 4294967296 / 14000 % 6 AS g,
	i * 2654435761 % 4294967296 / 84000 % 100 AS kind
FROM at, a;

INSERT INTO request (id, started_ms, key_id, team_id, asked_model, model_group, answered_group, answered_model, deployment_id, tier,
	end_user, tags, outcome, status, streamed, attempts, fallbacks, blocked_upward, not_spent_nano, input_tokens, cached_tokens, output_tokens,
	reasoning_tokens, cost_nano, bound_nano, latency_ms, first_token_ms, overhead_us, error, fault, route)
SELECT id, t, 'key-' || k, 'team-' || (k % 20), 'group-' || g, 'group-' || g,
	CASE WHEN kind < 98 THEN 'group-' || CASE WHEN kind < 88 THEN g ELSE (g + 1) % 6 END END,
	CASE WHEN kind < 98 THEN 'model-' || CASE WHEN kind < 88 THEN g ELSE (g + 1) % 6 END END,
	CASE WHEN kind < 98 THEN 'deployment-' || CASE WHEN kind < 88 THEN g ELSE (g + 1) % 6 END || '-' || (i % 2) END, CASE WHEN g < 3 THEN 'cheap' ELSE 'mid' END,
	'user-' || (k % 300), '["job-' || (k % 12) || '"]', CASE kind WHEN 98 THEN 'rate' WHEN 99 THEN 'bad_request' ELSE 'ok' END, CASE kind WHEN 98 THEN 429 WHEN 99 THEN 400 ELSE 200 END,
	i % 3 = 0, CASE WHEN kind < 88 OR kind IN (97, 99) THEN 1 ELSE 2 END, kind BETWEEN 88 AND 98, kind = 96,
	CASE kind WHEN 96 THEN 52000000 ELSE 0 END, 900 + i % 800, i % 5 * 100, 200 + i % 400, 0,
	CASE WHEN kind < 98 THEN 480000 + i % 1000 * 300 ELSE 0 END, 2000000, 800 + i % 2500, 300 + i % 300, 700 + i % 300,
	CASE kind WHEN 98 THEN 'the model could not be reached: rate limited, after 2 attempts' WHEN 99 THEN 'messages: wanted an array' END,
	CASE kind WHEN 98 THEN 'provider' WHEN 99 THEN 'client' END, 'POST /v1/chat/completions'
FROM n ORDER BY i;

INSERT INTO attempt (request_id, number, state, started_ms, ended_ms, key_id, team_id, model_group, deployment_id, provider, model,
	tier, direction, outcome, status, input_tokens, cached_tokens, output_tokens, reasoning_tokens, bound_nano, cost_nano,
	not_spent_nano, price_version, latency_ms, first_token_ms)
SELECT id, number, state, t, t + 900, 'key-' || k, 'team-' || (k % 20), 'group-' || h, 'deployment-' || h || '-' || (i % 2),
	CASE h % 2 WHEN 0 THEN 'openai' ELSE 'anthropic' END, 'model-' || h,
	CASE WHEN state = 'blocked' THEN 'premium' WHEN h < 3 THEN 'cheap' ELSE 'mid' END,
	CASE WHEN state = 'blocked' THEN 'upward' WHEN number = 1 THEN 'own' ELSE 'sideways' END, outcome,
	CASE outcome WHEN 'ok' THEN 200 WHEN 'rate' THEN 429 WHEN 'client' THEN 400 END,
	CASE outcome WHEN 'ok' THEN 900 + i % 800 END, CASE outcome WHEN 'ok' THEN i % 5 * 100 END, CASE outcome WHEN 'ok' THEN 200 + i % 400 END,
	CASE outcome WHEN 'ok' THEN 0 END, CASE WHEN state IN ('settled', 'released') THEN 2000000 ELSE 0 END,
	CASE outcome WHEN 'ok' THEN 480000 + i % 1000 * 300 ELSE 0 END, CASE state WHEN 'blocked' THEN 52000000 ELSE 0 END,
	'0123456789abcdef', CASE WHEN state = 'settled' THEN 800 + i % 2500 WHEN state = 'released' THEN 150 END, NULL
FROM (SELECT i, t, id, k, g, kind, number, CASE WHEN number = 1 THEN g ELSE (g + 1) % 6 END AS h,
	CASE WHEN kind < 88 THEN 'settled' WHEN number = 1 AND kind = 97 THEN 'skipped' WHEN number = 1 THEN 'released'
		WHEN kind = 96 AND number = 2 THEN 'blocked' WHEN kind = 98 THEN 'released' ELSE 'settled' END AS state,
	CASE WHEN kind < 88 THEN 'ok' WHEN number = 1 AND kind = 97 THEN 'cooldown' WHEN kind = 99 THEN 'client'
		WHEN number = 1 OR kind = 98 THEN 'rate' WHEN kind = 96 AND number = 2 THEN 'upward' ELSE 'ok' END AS outcome
	FROM n CROSS JOIN (SELECT 1 AS number UNION ALL SELECT 2 UNION ALL SELECT 3)
	WHERE number <= CASE WHEN kind < 88 OR kind = 99 THEN 1 WHEN kind = 96 THEN 3 ELSE 2 END);

INSERT INTO attempt_sum (made, hour, key_id, team_id, model_group, deployment_id, provider, model, tier, direction, state, outcome, status,
	attempts, failures, input_tokens, cached_tokens, output_tokens, cost_nano, overrun_nano, latency_ms)
SELECT state NOT IN ('skipped', 'blocked'), started_ms / 3600000, key_id, coalesce(team_id, ''), model_group, deployment_id, provider, model,
	tier, direction, state, coalesce(outcome, ''), coalesce(status, 0), count(*), sum(outcome IS NOT 'ok'), sum(coalesce(input_tokens, 0)),
	sum(coalesce(cached_tokens, 0)), sum(coalesce(output_tokens, 0)), sum(cost_nano), sum(max(0, cost_nano - bound_nano)),
	sum(coalesce(latency_ms, 0))
FROM attempt GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13;
INSERT INTO request_sum (hour, key_id, team_id, model_group, answered_group, outcome, status, requests, fell_back, blocked_upward,
	not_spent_nano, not_spent_most_nano, cost_nano, cache_hits, cache_saved_nano, mistakes, limited)
SELECT started_ms / 3600000, key_id, coalesce(team_id, ''), model_group, answered_group, outcome, status, count(*), sum(fallbacks > 0),
	sum(blocked_upward > 0), sum(not_spent_nano), sum(not_spent_most_nano), sum(cost_nano), 0, 0, sum(fault IS 'client'), 0
FROM request GROUP BY 1, 2, 3, 4, 5, 6, 7;
INSERT INTO label_sum (kind, id, hour, key_id, team_id, provider, model, tier, attempts, failures, input_tokens, output_tokens, cost_nano)
SELECT label.kind, CASE label.kind WHEN 'user' THEN 'user-' || (k % 300) ELSE 'job-' || (k % 12) END, hour, key_id, team_id, provider, model, tier,
	attempts, failures, input_tokens, output_tokens, cost_nano
FROM (SELECT day * 24 + 12 AS hour, CAST(substr(key_id, 5) AS INTEGER) AS k, * FROM usage_day WHERE kind = '')
	CROSS JOIN (SELECT 'user' AS kind UNION ALL SELECT 'tag') label;
COMMIT;
