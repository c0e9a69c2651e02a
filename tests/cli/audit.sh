#!/bin/sh
# The audit is clean on honest books, finds what was tampered with, and says so when it cannot look.
. "$(dirname "$0")/tap.sh"
plain_settings

run audit
is "without a database the audit cannot look" "$status" 2
run keys create --alias demo --budget 5/1d
run audit
is "new books are clean" "$status" 0
has "and say so" "$out" "Clean: "

# One settled attempt of a tenth of a dollar, in its window.
now=$(date +%s)000
sql() { sqlite3 -bail sideways.db "$1"; }
run keys list --json
id=$(get '$[0].id')
sql "INSERT INTO budget_window(budget_id, starts_ms, ends_ms, limit_nano, highest_limit_nano)
	SELECT id, $now - 1000, $now + 86400000, limit_nano, limit_nano FROM budget WHERE scope = 'key';
	INSERT INTO attempt(request_id, number, state, started_ms, ended_ms, key_id, model_group, deployment_id, provider, model, tier,
		direction, bound_nano, cost_nano, windows)
	SELECT 'req-1', 1, 'settled', $now, $now, '$id', 'cheap', 'cheap-1', 'mock', 'echo', 'cheap', 'own', 200000000, 100000000,
		json_array(id) FROM budget_window;
	UPDATE budget_window SET spent_nano = 100000000;"
run audit --json
is "books with an entry are clean" "$status" 0
is "JSON says so" "$(get '$.clean') $(get '$.attempts') $(get '$.spent_nano')" '1 1 100000000'
sql "INSERT INTO attempt(request_id, number, state, started_ms, ended_ms, key_id, model_group, deployment_id, provider, model, tier,
		direction, bound_nano, cost_nano, windows, outcome)
	SELECT request_id, 2, 'blocked', started_ms, ended_ms, key_id, model_group, 'dear', provider, model, 'dear', 'upward', 0, 0, '[]', 'upward'
	FROM attempt;"
run audit --json
is "what was not sent is no attempt, as in \`spend\`" "$status $(get '$.attempts')" '0 1'
run budgets list --json
is "the spending shows in the budget" "$(each '$' "value->>'spent_nano' || ' ' || (value->>'left_nano')" "value->>'scope' = 'key'")" '100000000 4900000000'

sql "UPDATE budget_window SET spent_nano = spent_nano - 1;"
run audit
is "a missing nano-dollar is found" "$status" 1
has "and counted" "$out" "1 difference in "
run audit --json
is "JSON has the difference" "$(get '$.clean') $(each '$.differences' 1)" '0 1'
sql "UPDATE budget_window SET spent_nano = spent_nano + 1, held_nano = 5;"
run audit
is "a hold that nobody has is found" "$status" 1
sql "UPDATE budget_window SET held_nano = 0;"
run audit
is "mended books are clean" "$status" 0

sql "DROP TRIGGER attempt_final; UPDATE attempt SET cost_nano = 99999999;"
run audit
is "a changed attempt is found" "$status" 1
sql "UPDATE attempt SET cost_nano = 100000000;"

# A hold of a process that is no more.
sql "INSERT INTO hold(request_id, number, started_ms, key_id, model_group, deployment_id, provider, model, tier, direction, bound_nano,
		windows, owner, deadline_ms)
	SELECT 'req-2', 1, $now - 600000, '$id', 'cheap', 'cheap-1', 'mock', 'echo', 'cheap', 'own', 300000000, json_array(id), 'gone',
		$now - 300000 FROM budget_window;
	UPDATE budget_window SET held_nano = 300000000;"
run audit --recover --json
is "--recover ends a dead worker's hold" "$(get '$.recovered') $(get '$.open_holds') $(get '$.unknown_holds') $(get '$.unknown_nano')" '1 0 1 300000000'

printf 'this is no database, but it is long enough to look like one might be in here' >bad.db
chmod 600 bad.db
run audit --db "$work/bad.db"
is "a file that is no database cannot be audited" "$status" 2
done_testing
