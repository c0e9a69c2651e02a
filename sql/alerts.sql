-- Alerts.  Each rule is a query whose rows are what is wrong now: subject, then up to four numbers or texts for the sentence.

-- name: alert_rule_fallback_rate
SELECT '', r.grown, f.grown FROM alert_growth r JOIN alert_growth f ON f.name = 'fell_back'
WHERE r.name = 'requests' AND r.grown >= :minimum AND f.grown * 100 > r.grown * :percent;

-- name: alert_rule_error_rate
SELECT '', r.grown, f.grown FROM alert_growth r JOIN alert_growth f ON f.name = 'failed'
WHERE r.name = 'requests' AND r.grown >= :minimum AND f.grown * 100 > r.grown * :percent;

-- name: alert_minutes
SELECT grown FROM alert_growth WHERE name = 'requests';

-- The latest requests since a moment, for windows that are longer than the counters' samples reach; and how long the latest few
-- of them took to come.
-- name: alert_window
SELECT count(*), coalesce(sum(fallbacks > 0), 0), coalesce(sum(status >= 500 OR outcome = 'rate'), 0),
	coalesce(max(started_ms) - min(CASE WHEN n <= :minimum THEN started_ms END), 0)
FROM (SELECT fallbacks, status, outcome, started_ms, row_number() OVER (ORDER BY id DESC) AS n FROM request WHERE id >= :from_id AND machine IS NULL
	ORDER BY id DESC LIMIT :most);

-- name: alert_rule_blocked_upward
SELECT '', b.grown, coalesce((SELECT grown FROM alert_growth WHERE name = 'not_spent_nano'), 0),
	coalesce((SELECT grown FROM alert_growth WHERE name = 'not_spent_most_nano'), 0)
FROM alert_growth b WHERE b.name = 'blocked_upward' AND b.grown > 0;

-- name: alert_rule_overrun
SELECT '', grown FROM alert_growth WHERE name = 'overrun_nano' AND grown > 0;

-- name: alert_rule_unknown_holds
SELECT '', grown FROM alert_growth WHERE name = 'unknown' AND grown > 0;

-- name: alert_rule_unbelieved
SELECT m.deployment_id, sum(m.attempts) FROM metric_attempt m WHERE m.outcome = 'unbelieved' AND EXISTS (SELECT 1 FROM alert_sample)
GROUP BY m.deployment_id HAVING sum(m.attempts) > coalesce((SELECT s.value FROM alert_sample s
	WHERE s.name = 'unbelieved ' || m.deployment_id AND s.at_ms = (SELECT min(at_ms) FROM alert_sample)), 0);

-- name: alert_rule_cache_away
SELECT '', grown FROM alert_growth WHERE name = 'cache_away' AND grown > 0;

-- name: alert_rule_key_refused
SELECT substr(name, 9), grown FROM alert_growth WHERE substr(name, 1, 8) = 'refused ' AND grown > 0;

-- name: alert_rule_cooldown
SELECT deployment_id, open_until_ms, coalesce(reason, '') FROM breaker WHERE state = 'open' AND open_until_ms > :now_ms
	AND counted_from_ms <= :now_ms + 5000;

-- The dearest threshold that is passed, of each budget; end users reach theirs every day, and nobody is woken for it.
-- Of machines that share a budget those tell that spent of it.  The subject has the window, so a new window is a new episode.
-- name: alert_rule_budget
SELECT w.id || ' ' || t.value, t.value, b.scope, coalesce(k.alias, b.scope_id) || iif(b.model = '', '', ' at ' || b.model), b.period, (w.spent_nano + w.elsewhere_nano) + w.held_nano, w.limit_nano
FROM budget b JOIN budget_window w ON w.budget_id = b.id JOIN json_each(:percents) t
LEFT JOIN virtual_key k ON b.scope IN ('key', 'key_model') AND k.id = b.scope_id
WHERE b.active AND w.for_user = '' AND w.starts_ms <= :now_ms AND w.ends_ms > :now_ms AND w.limit_nano > 0
	AND ((w.spent_nano + w.elsewhere_nano) + w.held_nano) * 100.0 >= w.limit_nano * t.value AND w.spent_nano + w.held_nano > 0
ORDER BY w.id, t.value DESC;

-- What is spent so far, carried on at the same pace to the window's end.  Early in a window a single call is a high pace, so
-- it counts from a tenth of the window and a tenth of the limit on.
-- name: alert_rule_spend_rate
SELECT w.id, b.scope, coalesce(k.alias, b.scope_id) || iif(b.model = '', '', ' at ' || b.model), b.period, w.limit_nano,
	w.starts_ms + CAST((:now_ms - w.starts_ms) * (w.limit_nano * 1.0 / (w.spent_nano + w.elsewhere_nano)) AS INTEGER), w.ends_ms
FROM budget b JOIN budget_window w ON w.budget_id = b.id LEFT JOIN virtual_key k ON b.scope IN ('key', 'key_model') AND k.id = b.scope_id
WHERE b.active AND b.period <> '' AND w.for_user = '' AND w.starts_ms <= :now_ms AND w.ends_ms > :now_ms AND (w.spent_nano + w.elsewhere_nano) * 10 >= w.limit_nano
	AND w.limit_nano > 0 AND w.spent_nano > 0 AND (w.spent_nano + w.elsewhere_nano) < w.limit_nano AND (:now_ms - w.starts_ms) * 10 >= w.ends_ms - w.starts_ms
	AND (w.spent_nano + w.elsewhere_nano) * 1.0 / (:now_ms - w.starts_ms) * (w.ends_ms - w.starts_ms) > w.limit_nano;

-- Of the PostgreSQL that machines share: it is away, or has found out in the last day that this file is a copy.
-- name: alert_rule_bank
SELECT '', away FROM machine WHERE away IS NOT NULL UNION ALL SELECT id, NULL FROM machine WHERE renewed_ms > :now_ms - 86400000;

-- name: alert_seen
INSERT INTO alert (rule, subject, severity, words, began_ms, seen_ms) VALUES (:rule, :subject, :severity, :words, :now_ms, :now_ms)
ON CONFLICT (rule, subject) WHERE ended_ms IS NULL DO UPDATE SET seen_ms = excluded.seen_ms, words = excluded.words;

-- name: alert_end_unseen
UPDATE alert SET ended_ms = :now_ms WHERE ended_ms IS NULL AND seen_ms <= :now_ms - :calm_ms;

-- name: alert_mute
INSERT INTO alert_mute (rule, subject, until_ms) SELECT rule, subject, :until_ms FROM alert WHERE id = :id AND ended_ms IS NULL
ON CONFLICT DO UPDATE SET until_ms = excluded.until_ms;

-- name: alert_unmute
DELETE FROM alert_mute WHERE (rule, subject) IN (SELECT rule, subject FROM alert WHERE id = :id);

-- name: alert_trim_mutes
DELETE FROM alert_mute WHERE iif(until_ms > 0, until_ms <= :now_ms,
	NOT EXISTS (SELECT 1 FROM alert a WHERE a.rule = alert_mute.rule AND a.subject = alert_mute.subject AND a.ended_ms IS NULL));

-- name: alert_trim
DELETE FROM alert WHERE ended_ms < :before_ms;

-- name: alert_trim_deliveries
DELETE FROM alert_delivery WHERE NOT EXISTS (SELECT 1 FROM alert WHERE id = alert_id);

-- One sample of at least the span's age stays, to compare with.
-- name: alert_sample_trim
DELETE FROM alert_sample WHERE at_ms < (SELECT max(at_ms) FROM alert_sample WHERE at_ms <= :now_ms - :span_ms);

-- name: alert_sample_take
INSERT INTO alert_sample (at_ms, name, value) SELECT :now_ms, name, value FROM alert_counter
UNION ALL SELECT :now_ms, 'unbelieved ' || deployment_id, sum(attempts) FROM metric_attempt WHERE outcome = 'unbelieved' GROUP BY deployment_id
ON CONFLICT DO NOTHING;

-- What one destination has not been told yet.  Of old episodes nobody wants to hear, and of an end only who heard of the begin.
-- name: alert_due
SELECT a.id, p.phase, a.rule, a.subject, a.severity, a.words, a.began_ms, coalesce(a.ended_ms, 0),
	b.scope, iif(b.scope = 'user', w.for_user, b.scope_id), k.hash, k.alias, t.id, t.alias, (w.spent_nano + w.elsewhere_nano) + w.held_nano, w.limit_nano,
	iif(a.rule = 'spend_rate' AND (w.spent_nano + w.elsewhere_nano) > 0 AND (w.spent_nano + w.elsewhere_nano) < w.limit_nano,
		w.starts_ms + CAST((:now_ms - w.starts_ms) * (w.limit_nano * 1.0 / (w.spent_nano + w.elsewhere_nano)) AS INTEGER), 0)
FROM alert a
	LEFT JOIN budget_window w ON a.rule IN ('budget', 'spend_rate') AND w.id = CAST(a.subject AS INTEGER)
	LEFT JOIN budget b ON b.id = w.budget_id
	LEFT JOIN virtual_key k ON b.scope IN ('key', 'key_model') AND k.id = b.scope_id
	LEFT JOIN team t ON t.id = iif(b.scope IN ('team', 'team_model'), b.scope_id, k.team_id)
	JOIN (SELECT 'began' AS phase UNION ALL SELECT 'ended') p
	LEFT JOIN alert_delivery d ON d.alert_id = a.id AND d.phase = p.phase AND d.destination = :destination
WHERE NOT EXISTS (SELECT 1 FROM alert_mute m WHERE m.rule = a.rule AND m.subject = a.subject AND (m.until_ms = 0 OR m.until_ms > :now_ms)) AND (d.state IS NULL OR (d.state = 'trying' AND d.next_ms <= :now_ms)) AND CASE p.phase
	WHEN 'began' THEN a.began_ms > :now_ms - :old_ms AND (a.ended_ms IS NULL OR d.state IS NOT NULL)
	ELSE a.ended_ms > :now_ms - :old_ms AND EXISTS (SELECT 1 FROM alert_delivery x WHERE x.alert_id = a.id AND x.phase = 'began'
		AND x.destination = :destination AND x.state = 'sent') END
ORDER BY coalesce(a.ended_ms, a.began_ms), a.id LIMIT 20;

-- name: alert_claim
INSERT INTO alert_delivery (alert_id, phase, destination, state, tries, next_ms)
VALUES (:alert_id, :phase, :destination, 'trying', 1, :now_ms + :pause_ms)
ON CONFLICT DO UPDATE SET tries = tries + 1, next_ms = :now_ms + :pause_ms * (tries + 1) * (tries + 1)
WHERE state = 'trying' AND next_ms <= :now_ms;

-- name: alert_sent
UPDATE alert_delivery SET state = 'sent', error = NULL WHERE alert_id = :alert_id AND phase = :phase AND destination = :destination;

-- name: alert_not_sent
UPDATE alert_delivery SET error = :error, state = CASE WHEN tries >= :most THEN 'given up' ELSE state END
WHERE alert_id = :alert_id AND phase = :phase AND destination = :destination;

-- name: alert_list
SELECT a.id AS "+id", a.rule AS "+rule", a.began_ms, coalesce(a.ended_ms, 0), a.subject AS "+subject", a.severity AS "+severity",
	a.severity = 'critical' AS "+critical?", a.words AS "+words", a.began_ms AS "+began@", a.began_ms AS "+began_ms",
	a.ended_ms AS "+ended@", coalesce(a.ended_ms, 0) AS "+ended_ms", a.ended_ms IS NULL AS "+open?",
	(SELECT count(*) FROM alert_delivery d WHERE d.alert_id = a.id AND d.phase = 'began' AND d.state = 'sent') AS "+told",
	(SELECT group_concat(d.destination || ': ' || coalesce(d.error, d.state), '; ') FROM alert_delivery d
		WHERE d.alert_id = a.id AND d.state <> 'sent') AS "+trouble", m.rule IS NOT NULL AS "+muted?", m.until_ms AS "+muted_until@"
FROM alert a LEFT JOIN alert_mute m ON a.ended_ms IS NULL AND m.rule = a.rule AND m.subject = a.subject AND (m.until_ms = 0 OR m.until_ms > :now_ms)
WHERE CASE WHEN a.ended_ms IS NULL THEN :with_muted OR m.rule IS NULL ELSE :with_ended AND a.id < :before_id END ORDER BY a.ended_ms IS NOT NULL, a.id DESC LIMIT :most;
