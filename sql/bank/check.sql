-- What `sideways bank check` and `sideways doctor` look at.  None of it needs rights beyond those of a user of the tables.

-- name: check_server
SELECT pg_is_in_recovery()::int, current_setting('server_encoding'), current_setting('synchronous_commit'),
	current_setting('synchronous_standby_names'), current_setting('fsync'),
	coalesce((SELECT s.ssl FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid()), false)::int,
	(inet_server_addr() IS NULL OR host(inet_server_addr()) = '::1' OR host(inet_server_addr()) LIKE '127.%')::int;

-- name: check_clock
SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint;

-- name: check_rights
SELECT coalesce(string_agg(c.relname, ', ' ORDER BY c.relname), '') FROM pg_class c
WHERE c.relnamespace = 'sideways'::regnamespace AND c.relkind = 'r' AND NOT (has_table_privilege(c.oid, 'SELECT')
	AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'));

-- name: check_commit
INSERT INTO sideways.ping (one, at) VALUES (true, now()) ON CONFLICT (one) DO UPDATE SET at = excluded.at;

-- name: check_books
SELECT id, revision FROM sideways.books;
