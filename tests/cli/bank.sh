#!/bin/sh
# Two machines share their books through a real PostgreSQL: what one makes the other has, of two that make the same one
# wins, and nothing is changed while the server is away.
. "$(dirname "$0")/tap.sh"
run bank check postgresql://nobody@127.0.0.1:1/none --db none.db
case $err$out in *"built without PostgreSQL"*) echo "1..0 # SKIP built without PostgreSQL"; exit 0 ;; esac

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)
pg=$(mktemp -d /tmp/sideways-bank.XXXXXX)
as_server() { # the server refuses to run as root
	if [ "$(id -u)" = 0 ]; then (cd / && LC_ALL=C.UTF-8 setpriv --reuid postgres --regid postgres --clear-groups "$@"); else "$@"; fi
}
start_server() { as_server "$bin/pg_ctl" -D "$pg/data" -w -t 60 -l "$pg/log" -o "-k $pg -c listen_addresses= -c max_connections=40" start >/dev/null 2>&1; }
stop_server() { as_server "$bin/pg_ctl" -D "$pg/data" -w -t 60 -m immediate stop >/dev/null 2>&1; }
sql() { as_server "$bin/psql" -X -q -t -A -h "$pg" -U postgres -d postgres -c "$1"; }
trap 'stop_server; rm -rf "$work" "$pg"' EXIT
[ "$(id -u)" != 0 ] || chown postgres "$pg"
as_server "$bin/initdb" -D "$pg/data" -A trust -U postgres --no-sync >/dev/null 2>&1
start_server

machine() { # NAME
	mkdir -p "$1"
	plain_settings
	{ cat sideways.yaml; echo "sideways_settings: {bank: 'postgresql://postgres@/postgres?host=$pg'}"; } >"$1/sideways.yaml"
	rm sideways.yaml
}
on() { # MACHINE command...
	name=$1; shift
	run "$@" --config "$work/$name/sideways.yaml"
}
machine one
machine two

on one keys list
is "without tables nothing begins" "$status" 1
on one keys create --alias early
is "nor is a key made" "$status" 1
has "and what to do is said" "$err" "bank init"
run bank init
is "without settings an address is needed" "$status" 1
has "and asked for" "$err" "give the bank's address"
hasnt "not a database" "$err" "--db"
run bank init "postgresql://postgres@/postgres?host=$pg"
is "the address alone will do" "$status" 0
has "and the tables are made" "$out" "made the bank's tables, version"
for wrong in mysql://root:hunter2@db/sideways "host=$pg dbname=postgres" "$pg" postgresql:/db; do
	for command in "bank check" "bank init" "bank move --db none.db --to"; do
		run $command "$wrong"
		is "$command: $wrong is no bank's address" "$status" 2
		has "and what one is like is said" "$err" "must begin with postgresql://"
		hasnt "without a password" "$err$out" hunter2
	done
done
sql "DROP SCHEMA sideways CASCADE" 2>/dev/null
sql "CREATE ROLE guest LOGIN"
run bank init "postgresql://guest@/postgres?host=$pg" --db guest.db
is "nor by a user who may not" "$status" 1
has "who is told which right is lacking" "$err" "owns the schema"
hasnt "and not to do what was just refused" "$err" "bank init"
on one bank init
is "the tables are made" "$status" 0
has "it says so" "$out" "made the bank's tables, version"
on two bank init
has "once" "$out" "has the bank's tables, version"
on one bank check
is "a bank of one server will do" "$status" 0
has "but it is said what that risks" "$out" "a commit waits for no second server"
has "how long a commit takes" "$out" "a commit takes"
has "and how far the clocks are apart" "$out" "ms apart"
on one bank check --strict
is "a warning counts with --strict" "$status" 1

on one keys create --alias app --team crew --budget 5/1d
is "one machine makes a key" "$status" 0
key=$out
on two keys show "$key" --json
is "the other has it" "$(get '$.alias')" app
is "with its team" "$(get '$.team_id')" crew
is "and its budget" "$(get '$.budgets[0].limit_nano')" 5000000000
on two keys block app
is "it is blocked there" "$status" 0
on one keys show app --json
is "and here" "$(get '$.state')" blocked
on two keys create --alias app
is "a name is given once" "$status" 1
has "whoever asks" "$err" "another key has it"

for n in 1 2 3 4 5; do
	for m in one two; do
		"$SIDEWAYS" keys create --alias "same$n" --config "$work/$m/sideways.yaml" >"made.$m" 2>"why.$m" &
	done
	wait
	is "of two at once one wins, try $n" "$(cat made.one made.two | grep -c '^sk-')" 1
	has "and the other is told why, try $n" "$(cat why.one why.two)" "another key has it"
done

# Killed while its change waits at the server, which goes on with it.
sql "SELECT 1 FROM sideways.books FOR UPDATE; SELECT pg_sleep(3)" >/dev/null &
sleep 1
"$SIDEWAYS" keys create --alias killed --config "$work/one/sideways.yaml" >/dev/null 2>&1 &
creator=$!
until [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")" = 1 ]; do sleep 0.1; done
kill -9 $creator
wait
on one keys list --json
one=$(each '$' "value->>'alias'")
on two keys list --json
is "after a kill in the middle both have the same keys" "$(each '$' "value->>'alias'")" "$one"
books() { sqlite3 "$work/$1/sideways.db" "SELECT * FROM virtual_key; SELECT * FROM team; SELECT * FROM budget; SELECT * FROM audit_event;"; }
is "and the same trail" "$(books one)" "$(books two)"

stop_server
on one keys create --alias late
is "without the server nothing is changed" "$status" 1
has "which is said" "$err" "nothing was changed: the bank cannot be reached"
on one keys show app --json
is "what is known stays known" "$(get '$.alias')" app
start_server
on two keys create --alias late
is "afterwards it goes on" "$status" 0
on one keys show late
is "everywhere" "$status" 0

# What is over does not stay for ever.
sql "INSERT INTO sideways.machine (id, name, number, until_at, seen_at) VALUES ('new', 'n', 1, now() + interval '1 hour', now()),
		('gone', 'g', 1, now() - interval '60 days', now() - interval '60 days');
	INSERT INTO sideways.pot (id, kind, scope, scope_id, ends_ms, held_amount) VALUES (1, 'money', 'x', 'over', 1000, 0), (2, 'money', 'x', 'held', 1000, 1),
		(3, 'money', 'x', 'present', 9223372036854775807, 0), (4, 'requests', 'x', 'unused', 9223372036854775807, 0),
		(5, 'requests', 'x', 'used', 9223372036854775807, 3);
	INSERT INTO sideways.share (pot_id, machine_id, limit_amount, granted_amount, told_at) VALUES (1, 'gone', 9, 0, now() - interval '60 days'),
		(2, 'new', 9, 1, now()), (3, 'new', 9, 0, now()), (4, 'gone', 9, 0, now() - interval '3 days'), (5, 'new', 9, 3, now());
	UPDATE sideways.forgotten SET at = now() - interval '2 hours'; SELECT sideways.forget_old()"
is "old windows and limits go, and who has nothing else" "$(sql "SELECT string_agg(id::text, ' ' ORDER BY id) FROM sideways.pot WHERE scope = 'x'")" "2 3 5"
is "machines too" "$(sql "SELECT count(*) FILTER (WHERE id = 'gone') || ' ' || count(*) FILTER (WHERE id = 'new') FROM sideways.machine")" "0 1"

# An installation moves to an empty bank, and back.
sql "SET client_min_messages = error; DROP SCHEMA sideways CASCADE"
mkdir old
plain_settings
mv sideways.yaml old/sideways.yaml
machine new
on old keys create --alias veteran --team crew --budget 5/1d
key=$out
on old passwd alice <<EOF
correct horse battery
EOF
end=$(($(date +%s) / 86400 * 86400000 + 86400000))
sqlite3 old/sideways.db "INSERT INTO budget_window (budget_id, starts_ms, ends_ms, limit_nano, highest_limit_nano, spent_nano, archived_nano)
	SELECT id, $end - 86400000, $end, limit_nano, limit_nano, 1230000007, 1230000000 FROM budget WHERE scope = 'key';
	INSERT INTO lost (window_id, amount_nano, owner, at_ms) SELECT id, 7, 'somebody', 0 FROM budget_window;"
money="SELECT starts_ms, ends_ms, spent_nano, held_nano, archived_nano, (SELECT sum(amount_nano) FROM lost WHERE window_id = w.id) FROM budget_window w ORDER BY starts_ms"
before=$(books old; sqlite3 old/sideways.db "$money")
on old audit
is "the audit before" "$status" 0
on old bank move --to "postgresql://postgres@/postgres?host=$pg"
is "without tables nothing moves" "$status" 1
has "and why is said" "$err" "bank init"
on new bank init
sqlite3 old/sideways.db "SELECT count(*) FROM team" ".system sleep 8" >/dev/null &
sleep 1
on old bank move --to "postgresql://postgres@/postgres?host=$pg"
is "while another process has the database nothing moves" "$status" 1
has "and what to do is said" "$err" "stop the gateway"
wait
on old bank move --to "postgresql://postgres@/postgres?host=$pg"
is "it moves" "$status" 0
has "with what is spent" "$out" "\$1.230000007 are spent in 1 windows"
on old bank move --to "postgresql://postgres@/postgres?host=$pg"
is "a second time changes nothing" "$status" 0
on old keys list
is "without the bank's name it is not used" "$status" 1
has "and why" "$err" "sideways_settings.bank"
cp new/sideways.yaml old/sideways.yaml
is "the books are as they were" "$(books old; sqlite3 old/sideways.db "$money")" "$before"
on old audit
is "the audit here agrees" "$status" 0
is "and the bank's" "$(sql "SELECT sum(spent_amount) || ' ' || sum(held_amount) FROM sideways.pot")" "1230000007 0"
on new keys show "$key" --json
is "a second machine has the key" "$(get '$.alias')" veteran
on new keys update veteran --budget 6/1d
is "and changes it" "$status" 0
on new bank move --to "postgresql://postgres@/postgres?host=$pg"
is "only the first one moves" "$status" 0
sqlite3 old/sideways.db "INSERT INTO record_place VALUES (1, 7); INSERT INTO record_news (request_id) VALUES ('x')" # as a gateway with record: shared
on old bank move --back
is "it moves back" "$status" 0
is "and shares no record any more" "$(sqlite3 old/sideways.db "SELECT (SELECT count(*) FROM record_place) + (SELECT count(*) FROM record_news)")" 0
has "with the same" "$out" "stands for itself; \$1.230000007 are spent in 1 windows"
on old bank move --back
is "once" "$status" 1
on new keys create --alias late2
is "the other machine learns that it is over" "$status" 1
has "from the bank" "$err" "moved back"
plain_settings
mv sideways.yaml old/sideways.yaml
is "the money is as it was" "$(sqlite3 old/sideways.db "$money")" "$(printf '%s\n' "$before" | tail -1)"
on old keys show veteran --json
is "and what others changed has come along" "$(get '$.budgets[0].limit_nano')" 6000000000
on old audit
is "the audit afterwards" "$status" 0
on old keys create --alias again
is "and keys are made here again" "$status" 0
on old bank move --to "postgresql://postgres@/postgres?host=$pg"
is "it may move over again" "$status" 0

run keys create --alias stranger --db "$work/one/sideways.db"
is "a change past the bank is refused" "$status" 1
has "with what to do" "$err" "--config"
run keys list --db "$work/one/sideways.db"
is "reading is not" "$status" 0

mkdir settled
plain_settings
mv sideways.yaml settled
on settled keys create --alias settled --budget 5/1d
"$SIDEWAYS" serve --config settled/sideways.yaml --listen "unix:$work/settled/socket" 2>settled/log &
gateway=$!
for i in 1 2 3 4 5 6 7 8 9 10; do grep -q settings_loaded settled/log && break; sleep 0.2; done
echo "sideways_settings: {bank: 'postgresql://postgres@/postgres?host=$pg'}" >>settled/sideways.yaml
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do grep -q 'bank is not used' settled/log && break; sleep 0.3; done
kill "$gateway"
wait "$gateway"
has "a bank that a running gateway's settings name gets no file with books of its own" "$(cat settled/log)" "bank is not used"
is "and takes no money from it" "$(sqlite3 settled/sideways.db 'SELECT count(*) FROM machine')" 0
done_testing
