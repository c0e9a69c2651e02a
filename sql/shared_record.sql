-- The record of machines that share it (app/accounts/shared_record.h).

-- name: record_place
SELECT revision FROM record_place;

-- name: record_begin
INSERT INTO record_place (one, revision) VALUES (1, 0) ON CONFLICT DO NOTHING;

-- name: record_end
DELETE FROM record_place;

-- name: record_forget_news
DELETE FROM record_news;

-- The triggers are made with record_place: who shares nothing does not pay for them.
-- name: record_watch_new
CREATE TRIGGER IF NOT EXISTS record_new AFTER INSERT ON request WHEN NEW.machine IS NULL
BEGIN
	INSERT INTO record_news (request_id) VALUES (NEW.id);
END;

-- name: record_watch_set
CREATE TRIGGER IF NOT EXISTS record_set AFTER UPDATE OF cost_nano ON request WHEN NEW.machine IS NULL
BEGIN
	INSERT INTO record_news (request_id) VALUES (NEW.id);
END;

-- name: record_unwatch_new
DROP TRIGGER IF EXISTS record_new;

-- name: record_unwatch_set
DROP TRIGGER IF EXISTS record_set;

-- What was served before.
-- name: record_fill_news
INSERT INTO record_news (request_id)
SELECT id FROM (SELECT id FROM request WHERE machine IS NULL ORDER BY id DESC LIMIT :most) ORDER BY id;

-- The oldest :most of them, with the number of the last.  A request that is gone has no body.
-- name: record_news_list
SELECT n.number, n.request_id, CASE WHEN r.id IS NOT NULL THEN json_object('request', json_object('id', r.id, 'started_ms', r.started_ms,
	'key_id', r.key_id, 'team_id', r.team_id, 'asked_model', r.asked_model, 'model_group', r.model_group, 'answered_group', r.answered_group,
	'answered_model', r.answered_model, 'deployment_id', r.deployment_id, 'tier', r.tier, 'outcome', r.outcome, 'status', r.status,
	'streamed', r.streamed, 'attempts', r.attempts, 'fallbacks', r.fallbacks, 'blocked_upward', r.blocked_upward,
	'not_spent_nano', r.not_spent_nano, 'input_tokens', r.input_tokens, 'cached_tokens', r.cached_tokens, 'output_tokens', r.output_tokens,
	'reasoning_tokens', r.reasoning_tokens, 'cost_nano', r.cost_nano, 'bound_nano', r.bound_nano, 'latency_ms', r.latency_ms,
	'first_token_ms', r.first_token_ms, 'overhead_us', r.overhead_us, 'error', r.error, 'cache_saved_nano', r.cache_saved_nano,
	'fault', r.fault, 'route', r.route, 'end_user', r.end_user, 'tags', r.tags, 'agent', r.agent, 'address', r.address,
	'not_spent_most_nano', r.not_spent_most_nano), 'attempts',
	(SELECT json_group_array(json_object('request_id', a.request_id, 'number', a.number, 'state', a.state, 'started_ms', a.started_ms,
		'ended_ms', a.ended_ms, 'key_id', a.key_id, 'team_id', a.team_id, 'model_group', a.model_group, 'deployment_id', a.deployment_id,
		'provider', a.provider, 'model', a.model, 'tier', a.tier, 'direction', a.direction, 'outcome', a.outcome, 'status', a.status,
		'input_tokens', a.input_tokens, 'cached_tokens', a.cached_tokens, 'cache_write_tokens', a.cache_write_tokens,
		'output_tokens', a.output_tokens, 'reasoning_tokens', a.reasoning_tokens, 'estimated', a.estimated, 'bound_nano', a.bound_nano,
		'cost_nano', a.cost_nano, 'not_spent_nano', a.not_spent_nano, 'price_version', a.price_version, 'latency_ms', a.latency_ms,
		'first_token_ms', a.first_token_ms, 'not_spent_most_nano', a.not_spent_most_nano)) FROM attempt a WHERE a.request_id = r.id)) END
FROM (SELECT max(number) AS number, request_id FROM (SELECT number, request_id FROM record_news ORDER BY number LIMIT :most)
	GROUP BY request_id) n LEFT JOIN request r ON r.id = n.request_id;

-- name: record_news_end
DELETE FROM record_news WHERE number <= :number;

-- The oldest that are too many.
-- name: record_news_trim
DELETE FROM record_news WHERE number <= (SELECT max(number) FROM record_news) - :most;

-- name: record_news_length
SELECT coalesce((SELECT max(number) FROM record_news) - (SELECT min(number) FROM record_news) + 1, 0);

-- name: record_advance
UPDATE record_place SET revision = :revision;

-- A request of another machine; what was served here stays.
-- name: record_take_request
INSERT OR REPLACE INTO request (id, started_ms, key_id, team_id, asked_model, model_group, answered_group, answered_model, deployment_id,
	tier, outcome, status, streamed, attempts, fallbacks, blocked_upward, not_spent_nano, input_tokens, cached_tokens, output_tokens,
	reasoning_tokens, cost_nano, bound_nano, latency_ms, first_token_ms, overhead_us, error, cache_saved_nano, fault, route, end_user, tags,
	agent, address, not_spent_most_nano, machine)
SELECT json_extract(:body, '$.request.id'), json_extract(:body, '$.request.started_ms'), json_extract(:body, '$.request.key_id'),
	json_extract(:body, '$.request.team_id'), json_extract(:body, '$.request.asked_model'), json_extract(:body, '$.request.model_group'),
	json_extract(:body, '$.request.answered_group'), json_extract(:body, '$.request.answered_model'),
	json_extract(:body, '$.request.deployment_id'), json_extract(:body, '$.request.tier'), json_extract(:body, '$.request.outcome'),
	json_extract(:body, '$.request.status'), coalesce(json_extract(:body, '$.request.streamed'), 0),
	coalesce(json_extract(:body, '$.request.attempts'), 0), coalesce(json_extract(:body, '$.request.fallbacks'), 0),
	coalesce(json_extract(:body, '$.request.blocked_upward'), 0), coalesce(json_extract(:body, '$.request.not_spent_nano'), 0),
	json_extract(:body, '$.request.input_tokens'), json_extract(:body, '$.request.cached_tokens'),
	json_extract(:body, '$.request.output_tokens'), json_extract(:body, '$.request.reasoning_tokens'),
	coalesce(json_extract(:body, '$.request.cost_nano'), 0), coalesce(json_extract(:body, '$.request.bound_nano'), 0),
	json_extract(:body, '$.request.latency_ms'), json_extract(:body, '$.request.first_token_ms'),
	json_extract(:body, '$.request.overhead_us'), json_extract(:body, '$.request.error'), json_extract(:body, '$.request.cache_saved_nano'),
	json_extract(:body, '$.request.fault'), json_extract(:body, '$.request.route'), json_extract(:body, '$.request.end_user'),
	json_extract(:body, '$.request.tags'), json_extract(:body, '$.request.agent'), json_extract(:body, '$.request.address'),
	coalesce(json_extract(:body, '$.request.not_spent_most_nano'), 0), :machine
WHERE NOT EXISTS (SELECT 1 FROM request WHERE id = json_extract(:body, '$.request.id') AND machine IS NULL);

-- They stand in no window here.
-- name: record_take_attempts
INSERT OR IGNORE INTO attempt (request_id, number, state, started_ms, ended_ms, key_id, team_id, model_group, deployment_id, provider,
	model, tier, direction, outcome, status, input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, estimated,
	bound_nano, cost_nano, not_spent_nano, price_version, latency_ms, first_token_ms, not_spent_most_nano)
SELECT json_extract(value, '$.request_id'), json_extract(value, '$.number'), json_extract(value, '$.state'),
	json_extract(value, '$.started_ms'), json_extract(value, '$.ended_ms'), json_extract(value, '$.key_id'),
	json_extract(value, '$.team_id'), json_extract(value, '$.model_group'), json_extract(value, '$.deployment_id'),
	json_extract(value, '$.provider'), json_extract(value, '$.model'), json_extract(value, '$.tier'), json_extract(value, '$.direction'),
	json_extract(value, '$.outcome'), json_extract(value, '$.status'), json_extract(value, '$.input_tokens'),
	json_extract(value, '$.cached_tokens'), json_extract(value, '$.cache_write_tokens'), json_extract(value, '$.output_tokens'),
	json_extract(value, '$.reasoning_tokens'), coalesce(json_extract(value, '$.estimated'), 0),
	coalesce(json_extract(value, '$.bound_nano'), 0), coalesce(json_extract(value, '$.cost_nano'), 0),
	coalesce(json_extract(value, '$.not_spent_nano'), 0), json_extract(value, '$.price_version'), json_extract(value, '$.latency_ms'),
	json_extract(value, '$.first_token_ms'), coalesce(json_extract(value, '$.not_spent_most_nano'), 0)
FROM json_each(:body, '$.attempts')
WHERE EXISTS (SELECT 1 FROM request WHERE id = json_extract(:body, '$.request.id') AND machine IS NOT NULL);
