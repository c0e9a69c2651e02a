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

run keys create --alias stranger --db "$work/one/sideways.db"
is "a change past the bank is refused" "$status" 1
has "with what to do" "$err" "--config"
run keys list --db "$work/one/sideways.db"
is "reading is not" "$status" 0
done_testing
