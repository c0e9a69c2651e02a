#!/bin/sh
# A bank as a managed service offers it: TLS with an authority of one's own and verify-full, a role that owns a database and
# is no superuser, its password in the environment or in a file, and no other way in.
. "$(dirname "$0")/tap.sh"
run bank check postgresql://nobody@127.0.0.1:1/none --db none.db
case $err$out in *"built without PostgreSQL"*) echo "1..0 # SKIP built without PostgreSQL"; exit 0 ;; esac
command -v openssl >/dev/null || { echo "1..0 # SKIP openssl is not installed"; exit 0; }

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)
pg=$(mktemp -d /tmp/sideways-bank.XXXXXX)
as_server() { # the server refuses to run as root
	if [ "$(id -u)" = 0 ]; then (cd / && LC_ALL=C.UTF-8 setpriv --reuid postgres --regid postgres --clear-groups "$@"); else "$@"; fi
}
sql() { as_server "$bin/psql" -X -q -t -A -h "$pg" -p "$port" -U postgres -d "$1" -c "$2"; }
trap 'as_server "$bin/pg_ctl" -D "$pg/data" -w -t 60 -m immediate stop >/dev/null 2>&1; rm -rf "$work" "$pg"' EXIT

made() { # NAME SUBJECT OPTION...: a key and a certificate
	name=$1 subject=$2
	shift 2
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$subject" -keyout "$pg/$name.key" -out "$pg/$name.crt" "$@" 2>/dev/null
}
made ca "authority of a test"
made other "another authority"
made server bank -CA "$pg/ca.crt" -CAkey "$pg/ca.key" -addext basicConstraints=critical,CA:FALSE -addext "subjectAltName=DNS:localhost"
chmod 600 "$pg/server.key"
[ "$(id -u)" != 0 ] || chown postgres "$pg" "$pg"/*
as_server "$bin/initdb" -D "$pg/data" -A trust -U postgres --no-sync >/dev/null 2>&1
printf 'local all postgres trust\nhostssl sideways sideways 127.0.0.1/32 scram-sha-256\n' >"$pg/data/pg_hba.conf"
tries=0
until [ $tries = 20 ]; do # a port that nobody has
	tries=$((tries + 1)) port=$((20000 + ($$ * 7 + tries * 331) % 12000))
	as_server "$bin/pg_ctl" -D "$pg/data" -w -t 60 -l "$pg/log" -o "-k $pg -c port=$port -c listen_addresses=127.0.0.1 -c max_connections=40 -c password_encryption=scram-sha-256 -c ssl=on -c ssl_cert_file=$pg/server.crt -c ssl_key_file=$pg/server.key" start >/dev/null 2>&1 && break
done
sql postgres "CREATE ROLE sideways LOGIN PASSWORD 'Very-Secret-7'"
sql postgres "CREATE DATABASE sideways OWNER sideways"
# As managed services do, and PostgreSQL 15 and later by itself.
sql sideways "REVOKE ALL ON SCHEMA public FROM PUBLIC"

machine() { # NAME OPTIONS [PASSWORD]
	mkdir -p "$1"
	plain_settings
	{ cat sideways.yaml; echo "sideways_settings:"; echo "  bank: 'postgresql://sideways@localhost:$port/sideways?connect_timeout=20&$2'"; [ -z "${3:-}" ] || echo "  bank_password: $3"; } >"$1/sideways.yaml"
	rm sideways.yaml
	chmod 600 "$1/sideways.yaml"
}
on() { # MACHINE command...
	name=$1; shift
	run "$@" --config "$work/$name/sideways.yaml"
}
full="sslmode=verify-full&sslrootcert=$pg/ca.crt"
machine one "$full" os.environ/BANK_PASSWORD
machine two "$full" os.environ/BANK_PASSWORD
(umask 077; echo 'BANK_PASSWORD=Very-Secret-7' >two/secrets.env)
machine three "$full&passfile=$work/three/pass"
(umask 077; echo "localhost:$port:*:sideways:Very-Secret-7" >three/pass)
machine stranger "sslmode=verify-full&sslrootcert=$pg/other.crt" os.environ/BANK_PASSWORD
machine plain "sslmode=disable" os.environ/BANK_PASSWORD
machine elsewhere "$full" os.environ/BANK_PASSWORD
sed -i 's/@localhost:/@127.0.0.1:/' elsewhere/sideways.yaml
machine wrong "$full" os.environ/BANK_PASSWORD

BANK_PASSWORD=Very-Secret-7
export BANK_PASSWORD
on one bank init
is "a role that owns a database makes the tables" "$status" 0
on one bank check
is "and the check finds no fault" "$status" 0
is "no extension is there but what every database has" "$(sql sideways "SELECT string_agg(extname, ' ') FROM pg_extension")" plpgsql
is "and the role is no superuser" "$(sql sideways "SELECT rolsuper::int + rolcreaterole::int + rolcreatedb::int FROM pg_roles WHERE rolname = 'sideways'")" 0
on one keys create --alias app --budget 5/1d
is "the password is in the environment" "$status" 0
unset BANK_PASSWORD
on two keys show app --json
is "the password is in a file beside the settings" "$(get '$.alias')" app
on three keys show app --json
is "the password is in libpq's own file" "$(get '$.alias')" app

BANK_PASSWORD=Very-Secret-7
export BANK_PASSWORD
on stranger bank check
is "another authority is not believed" "$status" 1
has "which is said" "$out$err" "certificate verify failed"
on elsewhere bank check
is "nor a certificate of another name" "$status" 1
has "which is said, too" "$out$err" "does not match host name"
on plain bank check
is "without TLS the server lets nobody in" "$status" 1
has "and it says so" "$out$err" "no encryption"
BANK_PASSWORD=Not-Secret-8
on wrong bank check
is "a wrong password is refused" "$status" 1
has "by the server" "$out$err" "password authentication failed"
hasnt "and is not told" "$out$err" "Not-Secret-8"
done_testing
