#!/bin/sh
# A LiteLLM's keys, teams and budgets, from a pg_dump of its real tables (tests/fixtures/import/README.md).
. "$(dirname "$0")/tap.sh"
dump=$top/tests/fixtures/import
plain_settings
sql() { sqlite3 -batch sideways.db "$1"; }

run import litellm "$dump/litellm.sql" --dry-run
is "a dry run is done" "$status" 0
has "and says what would be" "$out" "keys     would be 11 made, 0 there already, 1 left out"
is "and makes nothing, no database either" "$(find . -name '*sideways.db*')" ""

run import litellm "$dump/litellm.sql"
is "the dump is taken over" "$status" 0
has "keys" "$out" "keys     11 made, 0 there already, 1 left out"
has "teams" "$out" "teams    2 made, 0 there already, 0 left out"
has "budgets" "$out" "budgets  1 made, 0 there already, 0 left out"
has "what is spent" "$out" 'Spent of windows that run: $14.445678901.'
has "a key for the administration is listed" "$out" "key manager: it is left out: key_type"
has "a limit that is not done here blocks" "$out" "key tokens a day: tpd_limit: tokens a day are not counted here, so it comes blocked"
has "a name that is taken is listed" "$out" "key plain: it comes without its alias"
has "users" "$out" "users    1 made, 0 there already, 0 left out"
has "a user's limits are listed" "$out" "user ada: max_budget: a limit is a key's or a team's here"
is "a user is told as there" "$(sql "SELECT json_extract(about, '$.user_email') FROM key_owner WHERE id = 'ada'")" ada@example.org
for secret in sk-import-plain-000001 sk-import-budget-00002 sk-import-of-blocked13; do
	run keys show $secret
	is "$secret is known by itself" "$status" 0
done
run keys show sk-import-session-0012
is "a session of LiteLLM's panel is no key" "$status" 1

run keys list --json
is "states" "$(each '$' "json_extract(value, '$.hint') || '=' || json_extract(value, '$.state')")" \
	"sk-...0001=good sk-...0002=good sk-...0003=good sk-...0005=expired sk-...0006=blocked sk-...0009=good sk-...e-04=good sk-...e-10=good sk-...ed13=blocked sk-...r-07=good sk-...t-08=blocked"
run keys show budget --json
is "limits" "$(get '$.rpm_limit') $(get '$.tpm_limit') $(get '$.max_parallel_requests')" "60 50000 4"
is "team and models" "$(get '$.team_id') $(get '$.models')" '8f3c1d52-0001-4c6e-9a10-000000000001 ["all-team-models"]'
is "metadata, with what had to be escaped" "$(sql "SELECT json_extract(metadata, '$.note') FROM virtual_key WHERE alias = 'budget'")" "two
lines${tab}and \\ é"
is "the user is kept" "$(sql "SELECT json_extract(extra, '$.user_id') FROM virtual_key WHERE alias = 'budget'")" ada
is "the list of a team" "$(sql "SELECT models FROM team WHERE alias = 'data'")" '["main","gpt 4o, \"new\""]'
windows="SELECT group_concat(x, ' ') FROM (SELECT coalesce(k.alias, t.alias) || ':' || b.period || ':' || b.limit_nano || ':' || coalesce(w.spent_nano, 0) AS x
	FROM budget b LEFT JOIN budget_window w ON w.budget_id = b.id LEFT JOIN virtual_key k ON k.id = b.scope_id LEFT JOIN team t ON t.id = b.scope_id WHERE b.active ORDER BY 1)"
want="budget:30d:5000000000:1250000000 data:30d:100000000000:12345678901 ended window:1d:5000000000:0 follower:30d:2500000000:750000000 lifetime::300000000:100000000 windows:1d:1000000000:0 windows:7d:3000000000:0"
is "budgets and what is spent of them" "$(sql "$windows")" "$want"
run audit
is "the books are clean" "$status" 0

run import litellm "$dump/VerificationToken.csv" "$dump/TeamTable.csv" "$dump/BudgetTable.csv"
has "the same from CSV: nothing is doubled" "$out" "keys     0 made, 11 there already, 1 left out"
is "and nothing has changed" "$(sql "$windows")" "$want"
sed "s/${tab}1.25${tab}/${tab}1.75${tab}/" "$dump/litellm.sql" >later.sql
run import litellm later.sql
is "what was spent meanwhile is added" "$(sql "$windows")" "$(echo "$want" | sed 's/1250000000/1750000000/')"
run import litellm "$dump/litellm.sql"
is "and never taken back" "$(sql "$windows")" "$(echo "$want" | sed 's/1250000000/1750000000/')"
run audit
is "the books are still clean" "$status" 0
run keys delete lifetime --yes
run import litellm "$dump/litellm.sql"
has "a key that was deleted here stays deleted" "$out" "key lifetime: it is left out: it was deleted here"
run keys rotate windows
run import litellm "$dump/litellm.sql"
has "one that was rotated here is known" "$out" "keys     0 made, 10 there already, 2 left out"
run keys show sk-import-windows-0009
is "and its old secret stays out" "$status" 1

printf 'PGDMP\001' >custom
run import litellm custom
has "pg_dump's own format is told how to become plain" "$err" "pg_restore -f plain.sql"
is "and refused" "$status" 1
echo 'a,b' >other.csv
run import litellm other.csv
has "another CSV is refused" "$err" "neither a plain pg_dump nor a CSV"
has "and the columns that are looked for are named" "$err" "LiteLLM_TeamTable (team_id, members_with_roles, ...)"
head -c 1500 "$dump/VerificationToken.csv" >cut.csv
run import litellm cut.csv
is "a file that was cut is refused" "$status" 1
sed '/^COPY public."LiteLLM_VerificationToken"/{n;q}' "$dump/litellm.sql" >cut.sql
run import litellm cut.sql
has "and a dump that ends within a table, even behind a whole row" "$err" "it ends within LiteLLM_VerificationToken"
is "before anything is taken over" "$status" 1
csv_of() { printf 'token,key_name,key_alias,max_budget,budget_limits,metadata\n%s,sk-...%s,%s,,"%s","%s"\n' "$1$(printf %060d 0)" "$1" "$2" "$3" "$4"; }
csv_of 7001 limits "[{'budget_duration': '1d', 'max_budget': 5}]" '{}' >python.csv
run import litellm python.csv
has "limits that cannot be read are no missing limits" "$out" "key limits: it is left out: budget_limits: "
csv_of 7002 metadata '' "{'model_rpm_limit': {'main': 1}}" >python.csv
run import litellm python.csv
has "nor are those in metadata" "$out" "key metadata: it is left out: metadata: "
csv_of 7003 object '{""budget_duration"": ""1d"", ""max_budget"": 5}' '{}' >object.csv
run import litellm object.csv
has "limits are a list" "$out" "key object: it is left out: budget_limits: "
sed '2s/^free-tier,\(.*\),,,$/free-tier,\1,1000,,/' "$dump/BudgetTable.csv" >limited.csv
run import litellm "$dump/VerificationToken.csv" "$dump/TeamTable.csv" limited.csv
has "a limit of a budget that is not done here blocks who follows it" "$out" "key follower: tpd_limit of its budget 'free-tier' is not done here, so it comes blocked"
run keys show follower --json
is "and it is blocked" "$(get '$.state')" blocked
limits=$(for n in $(seq 1 17); do printf "%s{\"\"budget_duration\"\": \"\"%dd\"\", \"\"max_budget\"\": 5}" "$([ $n = 1 ] || echo ', ')" $n; done)
csv_of 7004 seventeen "[$limits]" '{}' >many.csv
run import litellm many.csv
has "more budgets than can be had are listed" "$out" "key seventeen: it has 17 budgets of different periods, and 16 can be had here, so it comes blocked"
run keys show seventeen --json
is "and it is blocked" "$(get '$.state')" blocked
printf 'user_id,user_role,max_budget\nmo,internal_user,5\n' >mo.csv
printf 'token,key_name,key_alias,user_id,max_budget\n7005%060d,sk-...mo,mos,mo,\n7006%060d,sk-...mo,mos own,mo,3\n' 0 0 >mos.csv
run import litellm mo.csv mos.csv
has "a key that only its user's budget limited is listed" "$out" "key mos: only the max_budget of its user 'mo' limits it"
run keys show mos --json
is "and comes blocked" "$(get '$.state')" blocked
run keys show 'mos own' --json
is "one with a budget of its own does not" "$(get '$.state')" good
sed '2s/^free-tier,/fort-tier,/; 2s/,30d,/,fortnight,/' "$dump/BudgetTable.csv" >odd.csv
sed 's/free-tier/fort-tier/; s/^[0-9a-f]\{8\}/deadbeef/; s/,follower,/,odd follower,/' "$dump/VerificationToken.csv" >odd_keys.csv
for way in --dry-run --json; do
	run import litellm odd_keys.csv "$dump/TeamTable.csv" odd.csv $way
	has "a budget that cannot be taken over is listed, also by a dry run ($way)" "$out" "it is left out: budget_duration: "
	has "and who follows it comes blocked ($way)" "$out" "its budget 'fort-tier' is left out, so it comes blocked"
done
model_csv() { printf 'token,key_name,key_alias,max_budget,model_max_budget,budget_fallbacks\n%s%060d,sk-...mm,%s,9,"%s","%s"\n' "$1" 0 "$2" "$3" "$4"; }
model_csv 7010 models '{""cheap"": {""budget_limit"": 0.25, ""time_period"": ""1d""}, ""dear"": {""max_budget"": ""3"", ""budget_duration"": ""30d""}, ""none"": null}' '{""dear"": [""cheap""]}' >models.csv
run import litellm models.csv
is "a key with budgets for models is taken over" "$status" 0
has "and only what is its own is said" "$out" "keys     1 made, 0 there already, 0 left out"
for way in once again; do
	is "its budgets for models hold, $way" "$(sql "SELECT group_concat(model || ':' || period || ':' || limit_nano, ' ') FROM (SELECT b.* FROM budget b JOIN virtual_key k ON k.id = b.scope_id WHERE k.alias = 'models' AND b.scope = 'key_model' AND b.active ORDER BY b.model)")" \
		"cheap:1d:250000000 dear:30d:3000000000"
	run import litellm models.csv
done
run keys show models --json
is "it is not blocked, and the cheaper one stands in" "$(get '$.state') $(sql "SELECT budget_fallbacks FROM virtual_key WHERE alias = 'models'")" 'good {"dear": ["cheap"]}'
sed 's/0.25/0.5/; s/, ""dear"": {[^}]*}//; s/{""dear"": \[""cheap""\]}/{}/' models.csv >fewer.csv
run import litellm fewer.csv
is "a later import has the last word" "$(sql "SELECT group_concat(b.model || ':' || b.limit_nano, ' ') FROM budget b JOIN virtual_key k ON k.id = b.scope_id WHERE k.alias = 'models' AND b.scope = 'key_model' AND b.active")" cheap:500000000
model_csv 7011 rates '{""cheap"": {""max_budget"": 1, ""budget_duration"": ""1d"", ""rpm_limit"": 5}}' '{}' >rates.csv
run import litellm rates.csv
has "a limit a minute for one model blocks" "$out" "key rates: model_max_budget of 'cheap': for one model there is a budget here, and no limit a minute, so it comes blocked"
model_csv 7012 number '{""cheap"": 5}' '{}' >number.csv
run import litellm number.csv
has "so does what is no budget" "$out" "key number: model_max_budget of 'cheap': "
model_csv 7013 python "{'cheap': {'max_budget': 1}}" '{}' >pythonic.csv
run import litellm pythonic.csv
has "what cannot be read is no missing budget" "$out" "key python: it is left out: model_max_budget: "
printf 'team_id,team_alias,members_with_roles,model_max_budget\nt-mm,capped,{},"{""cheap"": {""max_budget"": 1, ""budget_duration"": ""1d""}}"\n' >capped.csv
run import litellm capped.csv
has "a team's comes with it" "$out" "teams    1 made, 0 there already, 0 left out"
is "and holds" "$(sql "SELECT model || ':' || period || ':' || limit_nano FROM budget WHERE scope = 'team_model' AND active")" cheap:1d:1000000000
printf 'COPY public."LiteLLM_OrganizationTable" (organization_id) FROM stdin;\none\n\\.\n' >users.sql
run import litellm users.sql
has "a dump without the tables is told" "$err" "no table of LiteLLM is there"
run import litellm nowhere.sql
is "a file that is not there" "$status" 2
run import litellm http://127.0.0.1:1
has "an address needs the master key" "$err" "LITELLM_MASTER_KEY in the environment"
done_testing
