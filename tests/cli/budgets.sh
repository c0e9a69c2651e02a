#!/bin/sh
# Budgets of keys and teams are set, listed and removed; those of the settings are left to the settings.
. "$(dirname "$0")/tap.sh"
plain_settings
run keys create --alias demo
is "there is a key" "$status" 0

run budgets set key:demo 5/1d
is "budgets set succeeds" "$status" 0
has "and says what is set" "$out" "\$5.00 per 1d"
run budgets set key:demo 100
has "an amount alone is for a lifetime" "$out" "\$100.00 per lifetime"
run budgets list --json
is "both are listed" "$(each '$' "value->>'limit_nano'" "value->>'scope' = 'key'")" '5000000000 100000000000'
is "a day ends" "$(each '$' "substr(value->>'resets', 11)" "value->>'period' = '1d' AND value->>'scope' = 'key'")" T00:00:00Z
is "a lifetime does not" "$(each '$' "coalesce(value->>'resets', 'never')" "value->>'period' = '' AND value->>'scope' = 'key'")" never
run budgets list
has "people see the alias" "$out" "key demo"
has "and a bar" "$out" "[....................]"
run budgets set key:demo 6/1d
run budgets list --json
is "a budget of the same period is replaced" "$(each '$' "value->>'limit_nano'" "value->>'scope' = 'key'")" '6000000000 100000000000'
run budgets remove key:demo lifetime
is "budgets remove succeeds" "$status" 0
run budgets list --json
is "and it is gone" "$(each '$' "value->>'limit_nano'" "value->>'scope' = 'key'")" 6000000000

run budgets set proxy 5/1d
is "the proxy's budget is not set here" "$status" 2
has "but in the settings" "$err" "litellm_settings"
run budgets set provider:openai 5/1d
has "a provider's too" "$err" "provider_budget_config"
run budgets set deployment:x 5/1d
has "and a deployment's" "$err" "litellm_params"
run budgets set kee:demo 5/1d
is "an unknown scope is wrong usage" "$status" 2
run budgets set key: 5/1d
is "a scope wants an id" "$status" 2
run budgets set key:nobody 5/1d
is "an unknown key is a failure" "$status" 1
run budgets set key:demo 5/fortnight
is "a period that is none is wrong usage" "$status" 2
run budgets remove key:demo 1x
is "also when removing" "$status" 2

run budgets set key:demo -5/1d
is "a negative amount is wrong usage" "$status" 2
has "and is what the message names" "$err" "-5/1d"
hasnt "not the word before it" "$err" "key:demo here"
run budgets set team:crew 5/1d
is "an unknown team is a failure" "$status" 1
run keys create --alias one --team crew
run budgets set team:crew 5/1d
is "one that is there gets its budget" "$status" 0
run budgets set team:crow 5/1d
is "a mistyped one is not made" "$status" 1
has "the nearest is named" "$err" "no team 'crow' (nearest: crew)"
run budgets remove team:crow 1d
is "nor by removing" "$status" 1
run budgets remove team:crew 1mo
is "a budget that is not there cannot be removed" "$status" 1
has "and those that are there are named" "$err" "has no 1mo budget (has: 1d)"
run budgets remove key:one 1d
has "or that there are none" "$err" "(has: none)"
run budgets remove team:crew 1d
is "the one that is there is removed" "$status" 0

run spend
is "spend without traffic succeeds" "$status" 0
has "and is nothing" "$out" "\$0.00 in 0 attempts sent"
for by in key model provider deployment team day; do
	run spend --by $by --since 7d --json
	is "spend --by $by prints a list" "$status $out" "0 []"
done
run spend --by modle
is "a kind that is none is wrong usage" "$status" 2
has "the nearest is named" "$err" "nearest: model"
run spend --since 2025-02-30
is "a date that does not exist is wrong usage" "$status" 2
run spend --since 2025-02-02 --until 2025-02-01
is "a span that ends before it begins is wrong usage" "$status" 2
done_testing
