CREATE OR REPLACE FUNCTION sideways.breakers_tell(ids text[], left_ms bigint[], times_opened int[], reasons text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE sideways.breaker_head SET number = number + 1;
	DELETE FROM sideways.breaker b WHERE b.until_at < clock_timestamp();
	INSERT INTO sideways.breaker AS b (deployment_id, until_at, times, reason)
	SELECT t.id, clock_timestamp() + t.left_ms * interval '1 millisecond', t.times, t.reason
	FROM unnest(ids, left_ms, times_opened, reasons) AS t (id, left_ms, times, reason)
	ON CONFLICT (deployment_id) DO UPDATE SET until_at = excluded.until_at, times = greatest(b.times, excluded.times), reason = excluded.reason
	WHERE b.until_at < excluded.until_at;
	PERFORM pg_notify('sideways_books', '');
END $$;
