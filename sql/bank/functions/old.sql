-- Once an hour, whoever asks first.  Some at a time, and none that is in use.
CREATE OR REPLACE FUNCTION sideways.forget_old() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	old bigint[];
BEGIN
	UPDATE sideways.forgotten SET at = now() WHERE at < now() - interval '1 hour';
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT array_agg(x.id) INTO old FROM (SELECT p.id FROM sideways.pot p WHERE p.held_amount = 0
		AND (p.ends_ms < (extract(epoch FROM now() - interval '1 year') * 1000)::bigint OR (p.kind <> 'money'
			AND NOT EXISTS (SELECT 1 FROM sideways.share s WHERE s.pot_id = p.id AND (s.granted_amount > 0 OR s.told_at > now() - interval '1 day'))))
	ORDER BY p.id LIMIT 5000 FOR UPDATE SKIP LOCKED) x;
	DELETE FROM sideways.share s WHERE s.pot_id = ANY (old);
	DELETE FROM sideways.pot p WHERE p.id = ANY (old);
	DELETE FROM sideways.machine m WHERE m.seen_at < now() - interval '30 days' AND m.until_at < now()
		AND NOT EXISTS (SELECT 1 FROM sideways.share s WHERE s.machine_id = m.id);
END $$;
