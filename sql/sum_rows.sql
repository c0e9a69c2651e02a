-- Sums of all machines that share the books (app/store/sum_rows.h, app/accounts/shared_sums.h).

-- name: sum_rows_place
SELECT revision FROM sum_place;

-- name: sum_rows_join
INSERT INTO sum_place (one, revision) VALUES (1, 0);

-- name: sum_rows_leave
DELETE FROM sum_place;

-- name: sum_rows_forget_news
DELETE FROM sum_news;

-- name: sum_rows_forget_machines
DELETE FROM sum_machine;

-- Statements for a table are written from its columns: those of its key, and the n-th of the others.

-- What is inserted (:variant 0), or what an update adds (1), is news.  (No function of JSON may stand in a trigger here: SQLite 3.40 takes
-- them for unsafe, and this program's connections trust no schema.)
-- name: sum_rows_write_trigger
SELECT 'CREATE TRIGGER sums_' || :table || iif(:variant, '_set AFTER UPDATE ON ', '_new AFTER INSERT ON ') || :table
	|| ' BEGIN INSERT INTO sum_news (name, ' || group_concat(place) || ') VALUES (''' || :table || ''', '
	|| group_concat('NEW.' || name || iif(:variant AND pk = 0, ' - OLD.' || name, ''))
	|| ') ON CONFLICT (name, k0, k1, k2, k3, k4, k5, k6, k7, batch) DO UPDATE SET '
	|| group_concat(place || ' = ' || place || ' + excluded.' || place) FILTER (WHERE pk = 0) || '; END'
FROM (SELECT name, pk, iif(pk, 'k', 'n') || (row_number() OVER (PARTITION BY pk > 0 ORDER BY cid) - 1) AS place,
	row_number() OVER (PARTITION BY pk > 0 ORDER BY cid) - 1 AS n FROM pragma_table_info(:table) ORDER BY cid);

-- name: sum_rows_write_drop
SELECT 'DROP TRIGGER IF EXISTS sums_' || :table || iif(:variant, '_set', '_new');

-- All that is there.
-- name: sum_rows_write_fill
SELECT 'INSERT INTO sum_news (name, ' || group_concat(place) || ') SELECT ''' || :table || ''', ' || group_concat(name) || ' FROM ' || :table
FROM (SELECT name, pk, iif(pk, 'k', 'n') || (row_number() OVER (PARTITION BY pk > 0 ORDER BY cid) - 1) AS place,
	row_number() OVER (PARTITION BY pk > 0 ORDER BY cid) - 1 AS n FROM pragma_table_info(:table) ORDER BY cid);

-- The bank's numbers (?2) of a row (?1), and what it has not heard of yet.
-- name: sum_rows_write_put
SELECT 'INSERT OR REPLACE INTO ' || :table || ' (' || group_concat(name) || ') SELECT ' || group_concat(iif(pk, 'json_extract(?1, ''$[' || n
		|| ']'')', 'coalesce(json_extract(?2, ''$[' || n || ']''), 0) + coalesce(sum(' || place || '), 0)'))
	|| ' FROM sum_news WHERE name = ''' || :table || ''' AND ' || group_concat(place || ' = json_extract(?1, ''$[' || n || ']'')', ' AND ')
		FILTER (WHERE pk > 0)
FROM (SELECT name, pk, iif(pk, 'k', 'n') || (row_number() OVER (PARTITION BY pk > 0 ORDER BY cid) - 1) AS place,
	row_number() OVER (PARTITION BY pk > 0 ORDER BY cid) - 1 AS n FROM pragma_table_info(:table) ORDER BY cid);

-- name: sum_rows_advance
UPDATE sum_place SET revision = :to WHERE revision = :from;

-- Telling: a batch is made of news unless one waits for its answer; it is told until there is one, and is gone then.  A file that is
-- elsewhere than it was tells nothing before its first report is answered: it may be a copy, whose news the other one tells.

-- name: sum_news_gather
UPDATE sum_news SET batch = :batch WHERE number IN (SELECT number FROM sum_news WHERE batch = '' LIMIT :most)
	AND NOT EXISTS (SELECT 1 FROM sum_news WHERE batch > '') AND NOT EXISTS (SELECT 1 FROM machine WHERE until_ms = 0 AND EXISTS (SELECT 1 FROM share));

-- name: sum_news_list
SELECT batch, name, json_array(k0, k1, k2, k3, k4, k5, k6, k7), n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11 FROM sum_news
WHERE batch > '' AND NOT EXISTS (SELECT 1 FROM machine WHERE until_ms = 0 AND EXISTS (SELECT 1 FROM share));

-- name: sum_news_end
DELETE FROM sum_news WHERE batch = :batch;

-- name: sum_machine_put
INSERT OR REPLACE INTO sum_machine (id, name, address, seen_ms) VALUES (:id, :name, :address, :seen_ms);

-- In request.machine this one stands as null.
-- name: sum_machine_find
SELECT CASE WHEN id IS (SELECT id FROM machine) THEN '' ELSE id END FROM sum_machine WHERE :which IN (name, id);

-- name: sum_machine_count
SELECT count(*) FROM sum_machine;

-- Of those that have one name each has the end of its id, too.
-- name: sum_machine_tell_apart
UPDATE sum_machine SET name = name || ' ' || substr(id, -4) WHERE name IN (SELECT name FROM sum_machine GROUP BY name HAVING count(*) > 1);

-- name: sum_machine_list
SELECT m.name, m.address, m.seen_ms, m.id IS (SELECT id FROM machine), EXISTS (SELECT 1 FROM record_place) FROM sum_machine m WHERE EXISTS (SELECT 1 FROM sum_place)
ORDER BY m.name, m.id LIMIT 100;
