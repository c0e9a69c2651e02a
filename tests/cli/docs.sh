#!/bin/sh
# What the pages say of commands, settings, metrics and providers is what the program says of them.
. "$(dirname "$0")/tap.sh"
commands=$top/docs/commands.md
settings=$top/docs/settings.md

"$SIDEWAYS" help | sed -n 's/^  \([a-z][a-z ]*[a-z]\)  *.*/\1/p' | sed 's/   *.*//' >names
is "help lists commands" "$([ "$(wc -l <names)" -gt 10 ] && echo many)" many
page_has() { # NAME PAGE WORDS
	has "$1" "$(cat "$2")" "<!-- sideways help $3 -->"
}
while read -r name; do
	case $name in "sideways help"*) continue ;; esac
	page_has "commands.md has a part for $name" "$commands" "$name"
done <names
is "and one only" "$(grep -o '<!-- sideways help .*' "$commands" | sort | uniq -d)" ""
for part in file model_list litellm_params parameters model_info litellm_settings router_settings general_settings \
	sideways_settings; do
	page_has "settings.md has a part for $part" "$settings" "settings $part"
done
page_has "metrics.md has a part for the metrics" "$top/docs/metrics.md" metrics
page_has "README.md has a part for the providers" "$top/README.md" providers

for page in docs/commands.md docs/settings.md docs/metrics.md README.md; do
	sh "$top/packaging/make-docs" "$SIDEWAYS" "$top/$page" >made 2>why
	is "$page says what the program says (make docs writes it)" "$(diff made "$top/$page" | head -5)$(cat why)" ""
done

run help settings nowhere
is "a part that is not there is refused" "$status" 2
run help settings
is "every setting has a meaning" "$(printf '%s\n' "$out" | grep -c '|  |$')" 0
run help metrics
is "every metric has a meaning" "$(printf '%s\n' "$out" | grep -c '|  |$')" 0
done_testing
