-- Of the database itself, for the self-test.

-- name: view_configuration_store
SELECT (SELECT file FROM pragma_database_list WHERE name = 'main'), (SELECT journal_mode FROM pragma_journal_mode),
	(SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size),
	(SELECT user_version FROM pragma_user_version), sqlite_version(),
	(SELECT until_ms FROM claim WHERE name = 'housekeeping'),
	(SELECT count(*) FROM hold),
	(SELECT count(*) FROM hold WHERE deadline_ms < :late_ms),
	(SELECT id FROM request ORDER BY id DESC LIMIT 1),
	(SELECT plan_id FROM user_plan WHERE plan_id NOT IN (SELECT id FROM budget_plan));
