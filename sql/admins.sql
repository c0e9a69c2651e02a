-- Admins, their sessions, and attempts to sign in.

-- name: admin_find
SELECT name, role, password, created_ms, signed_in_ms FROM admin WHERE name = :name;

-- name: admin_list
SELECT name, role, password, created_ms, signed_in_ms FROM admin ORDER BY name;

-- name: admin_count
SELECT count(*) FROM admin WHERE role = 'admin';

-- name: admin_set
INSERT INTO admin (name, role, password, created_ms) VALUES (:name, coalesce(:role, 'admin'), :password, :now_ms)
ON CONFLICT (name) DO UPDATE SET password = excluded.password, role = coalesce(:role, role);

-- name: admin_set_first
INSERT INTO admin (name, role, password, created_ms) SELECT :name, 'admin', :password, :now_ms
WHERE NOT EXISTS (SELECT 1 FROM admin);

-- name: admin_rehash
UPDATE admin SET password = :password WHERE name = :name AND password = :old;

-- name: admin_remove
DELETE FROM admin WHERE name = :name
	AND (role <> 'admin' OR EXISTS (SELECT 1 FROM admin x WHERE x.role = 'admin' AND x.name <> :name));

-- name: admin_signed_in
UPDATE admin SET signed_in_ms = :now_ms WHERE name = :name;

-- So that other machines hear of the time.
-- name: admin_share
UPDATE admin SET role = role WHERE name = :name;

-- name: admin_session_start
INSERT INTO admin_session (hash, id, admin, started_ms, seen_ms, address, agent)
SELECT :hash, :id, name, :now_ms, :now_ms, :address, :agent FROM admin WHERE name = :name;

-- name: admin_session_find
SELECT s.id, s.admin, a.role, s.started_ms, s.seen_ms, s.address, s.agent FROM admin_session s JOIN admin a ON a.name = s.admin
WHERE s.hash = :hash;

-- name: admin_session_list
SELECT s.id, s.admin, a.role, s.started_ms, s.seen_ms, s.address, s.agent FROM admin_session s JOIN admin a ON a.name = s.admin
WHERE s.started_ms > :started_after_ms AND s.seen_ms > :seen_after_ms ORDER BY s.seen_ms DESC, s.id LIMIT 500;

-- name: admin_session_seen
UPDATE admin_session SET seen_ms = :now_ms WHERE hash = :hash;

-- The browser's name is written again, because that is shared between machines and the time is not.
-- name: admin_session_seen_by_all
UPDATE admin_session SET seen_ms = :now_ms, agent = agent WHERE hash = :hash;

-- name: admin_session_end
DELETE FROM admin_session WHERE hash = :hash;

-- name: admin_session_end_id
DELETE FROM admin_session WHERE id = :id AND (:admin IS NULL OR admin = :admin);

-- name: admin_session_end_all
DELETE FROM admin_session WHERE admin = :admin AND hash <> :except;

-- name: admin_session_forget
DELETE FROM admin_session WHERE started_ms <= :started_before_ms OR seen_ms <= :seen_before_ms;

-- name: sign_in_try_take
INSERT INTO sign_in_try (subject, tries, last_ms, until_ms) VALUES (:subject, 1, :now_ms, 0)
ON CONFLICT (subject) DO UPDATE SET
	tries = CASE WHEN last_ms < :now_ms - :forget_ms THEN 1 ELSE tries + 1 END,
	until_ms = CASE WHEN last_ms < :now_ms - :forget_ms OR tries < :free_tries - 1 THEN 0
		ELSE :now_ms + min(:most_ms, 1000 << min(tries + 1 - :free_tries, 20)) END,
	last_ms = :now_ms
WHERE until_ms <= :now_ms OR until_ms > :now_ms + :most_ms;

-- name: sign_in_try_wait
SELECT coalesce(max(until_ms), 0) FROM sign_in_try WHERE subject IN (:name, :address);

-- name: sign_in_try_forget
DELETE FROM sign_in_try WHERE subject = :subject;

-- A success takes its own count back.  It had to pass the wait itself, so ending the wait gives a guesser nothing.
-- name: sign_in_try_undo
UPDATE sign_in_try SET tries = max(tries - 1, 0), until_ms = 0 WHERE subject = :subject;

-- name: sign_in_try_trim
DELETE FROM sign_in_try WHERE subject IN (SELECT subject FROM sign_in_try WHERE last_ms < :now_ms - :forget_ms LIMIT 100);

-- name: setup_code_add
INSERT INTO setup_code (hash, until_ms) VALUES (:hash, :until_ms);

-- name: setup_code_find
SELECT 1 FROM setup_code WHERE hash = :hash AND until_ms > :now_ms;

-- name: setup_code_end
DELETE FROM setup_code;
