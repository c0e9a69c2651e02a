#!/bin/sh
# Keys are made, shown without the key itself, changed, rotated, blocked and deleted.
. "$(dirname "$0")/tap.sh"
plain_settings

run keys list
is "a database that is not there is not made by reading" "$status" 1
has "the place is named" "$err" "sideways.db"
is "and it still is not there" "$(ls "$work"/*.db 2>/dev/null)" ""

run keys create --alias demo --budget 5/1d --budget 0.5/1h --models cheap,dear --expires 30d
is "keys create succeeds" "$status" 0
key=$out
is "it prints the key alone" "$(printf '%s\n' "$key" | grep -cE '^sk-[A-Za-z0-9]{43}$')" 1
is "the database is nobody else's" "$(stat -c %a sideways.db)" 600
is "the key is not in the database" "$(cat sideways.db* | grep -cF "$key")" 0

run keys list
is "keys list succeeds" "$status" 0
has "it shows the alias" "$out" "demo"
has "it shows the budget" "$out" "\$5.00 of \$5.00 1d"
hasnt "it does not show the key" "$out" "$key"
run keys list --json
is "JSON has one key" "$(each '$' "value->>'id'" | wc -w | tr -d ' ')" 1
is "JSON shows the models" "$(get '$[0].models')" '["cheap","dear"]'
is "JSON shows both budgets" "$(each '$[0].budgets' "value->>'limit_nano'")" '500000000 5000000000'
hasnt "JSON does not show the key" "$out" "$key"
id=$(get '$[0].id')

run keys show "$key"
is "a key finds itself" "$status" 0
has "by its id" "$out" "$id"
run keys show "$id" --json
is "and the id finds it" "$(get '$.alias')" demo
run keys show nobody
is "an unknown key is a failure" "$status" 1
has "and is named" "$err" "nobody"

run keys create --alias demo
is "an alias is given once" "$status" 1
has "the alias is named" "$err" "demo"

run keys update demo --alias renamed --models all --expires never --budget 7/1d
is "keys update succeeds" "$status" 0
run keys show renamed --json
is "the models are changed" "$(get '$.models')" "[]"
is "the expiry is gone" "$(get '$.expires')" ""
is "the budget of the period is replaced, the other is left" \
	"$(each '$.budgets' "value->>'limit_nano'")" '500000000 7000000000'
run keys update renamed
is "an update of nothing is wrong usage" "$status" 2

run keys block renamed
is "keys block succeeds" "$status" 0
run keys show renamed --json
is "the key is blocked" "$(get '$.state')" blocked
run keys unblock renamed
run keys show renamed --json
is "and good again" "$(get '$.state')" good

run keys rotate renamed --grace 24h
is "keys rotate succeeds" "$status" 0
new=$out
is "a new key is printed alone" "$(printf '%s\n' "$new" | grep -cE '^sk-[A-Za-z0-9]{43}$')" 1
hasnt "it is another" "$new" "$key"
run keys show "$new" --json
is "the new key has the old id" "$(get '$.id')" "$id"
run keys rotate renamed --grace soon
is "a grace that is no time is wrong usage" "$status" 2

run keys delete renamed --yes
is "keys delete succeeds" "$status" 0
run keys list --json
is "the key is gone from the list" "$(each '$' "value->>'id'" | wc -w | tr -d ' ')" 0
run keys show "$id"
is "and is not found" "$status" 1

for wrong in '--budget 5/1x' '--budget -5/1d' '--budget much' '--expires yesterday' '--expires 2020-01-01' \
	'--models a,,b' '--models a,' '--budget 1/1d --budget 2/1d'; do
	# shellcheck disable=SC2086
	run keys create $wrong
	is "keys create $wrong is wrong usage" "$status" 2
done
run keys list --json
is "and none of them made a key" "$(each '$' "value->>'id'" | wc -w | tr -d ' ')" 0

# A team is made with a key, and never by a slip of the pen.
run keys create --alias first --team data --models 'cheap, dear ,'
is "an empty name in a list is wrong usage" "$status" 2
run keys create --alias first --team data --models 'cheap, dear'
run keys show first --json
is "spaces between models are left out" "$(get '$.models') $(get '$.team_id')" '["cheap","dear"] data'
run keys update first --team dta
is "an unknown team is a failure" "$status" 1
has "the nearest is named" "$err" "no team 'dta' (nearest: data)"
run keys update first --team none
is "none is no team either" "$status" 1
has "and it is said how a key leaves its team" "$err" "--team ''"
run keys create --alias second --team none
is "nor for a new key" "$status" 2
run keys show first --json
is "the key is still in its team" "$(get '$.team_id')" data
run keys update first --team ''
run keys show first --json
is "and leaves it when that is said" "$(get '$.team_id')" ""
run keys update first --team data
is "and comes back" "$status" 0

# What cannot be shown is undone.
"$SIDEWAYS" keys create --alias unseen >/dev/full 2>.err
is "a new key that cannot be shown is a failure" "$?" 1
has "it is said what became of it" "$(cat .err)" "the new key is deleted again: the key could not be shown"
run keys show unseen
is "and it is gone" "$status" 1
run keys create --alias turned
old=$out
"$SIDEWAYS" keys rotate turned >/dev/full 2>.err
is "a new secret that cannot be shown is a failure" "$?" 1
has "it is said that nothing changed" "$(cat .err)" "the old key stays valid: the key could not be shown"
run keys show "$old"
is "and the old key finds the key" "$status" 0
run keys rotate turned
run keys show "$out"
is "the new one does when it was shown" "$status" 0

for wrong in '--role boss' "--alias $(printf '\377')"; do
	# shellcheck disable=SC2086
	run keys create $wrong
	is "keys create with a bad ${wrong%% *} is wrong usage" "$status" 2
done

run keys create --alias upward --then cheap=dear
is "what stands in for a spent model cannot be dearer" "$status" 1
has "and it is said why" "$err" "budget_fallbacks: 'dear' is dearer than 'cheap'"
run keys create --alias upward --then 'dear=cheap' --then 'cheap=cheap,dear'
is "nor the second in a list" "$status" 1
run keys show upward
is "and no such key is made" "$status" 1
run keys create --alias downward --then dear=cheap
is "a cheaper one can" "$status" 0
run keys update downward --then cheap=dear
is "nor by an update" "$status" 1
run keys create --alias forced --then cheap=dear --force
is "--force takes it as it is" "$status" 0

run keys create --alias "$(printf 'bad\033[31mname')"
run keys list
hasnt "an alias cannot write to the terminal" "$out" "$(printf '\033')"

# A database can be named; then settings that cannot be used are no hindrance.
echo 'model_list: {' >sideways.yaml
run keys list
is "broken settings do not say where the database is" "$status" 1
run keys list --db "$work/sideways.db"
is "--db does" "$status" 0
has "and it is said that settings are missing" "$err" "going on without settings"
: >empty.db
chmod 600 empty.db
run keys create --db "$work/empty.db"
is "an empty file is not taken for a database" "$status" 1
is "and is not filled" "$(wc -c <empty.db)" 0

plain_settings
run keys create --alias slip --budget 1/1d@chaep
is "a budget at a model that is not there is refused" "$status" 1
has "and the model is named" "$err" "--force takes them as they are): there is no model 'chaep'"
run keys create --alias slip --budget 1/1d@cheap --then cheap=daer
has "so is a model after it that is not there" "$err" "there is no model 'daer'"
run keys list
hasnt "no key was made" "$out" slip
run keys create --alias slip --budget 1/1d@chaep --then cheap=daer --force
is "--force takes both" "$status" 0
done_testing
