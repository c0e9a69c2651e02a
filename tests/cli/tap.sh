# Sourced by the tests of the commands: a folder of their own, TAP, and `run`.
#
#	run keys list        sets $status, $out and $err; the settings and the database are the folder's
#	is NAME GOT WANT     equal text
#	has NAME TEXT PART   TEXT contains PART
#	hasnt NAME TEXT PART
#	get PATH             what stands at a path of the JSON in $out: get '$[0].id'
#	each PATH EXPRESSION [CONDITION]
#	                     an SQL expression over the elements of a JSON array, sorted, with spaces between
#	done_testing         the plan, and the exit status
#
# SIDEWAYS is the program under test.

: "${SIDEWAYS:?is the program to test}"
top=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
work=$(mktemp -d "${TMPDIR:-/tmp}/sideways-cli.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM
cd "$work" || exit 99
for name in $(env | sed -n 's/^\([A-Z_]*_API_KEY\)=.*/\1/p'); do unset "$name"; done
unset SIDEWAYS_CONFIG SIDEWAYS_DB
if ! command -v sqlite3 >/dev/null; then
	echo "1..0 # SKIP sqlite3, which reads JSON and databases here, is not installed"
	exit 0
fi
number=0
failures=0
tab=$(printf '\t')

run() {
	status=0
	"$SIDEWAYS" "$@" >"$work/.out" 2>"$work/.err" </dev/null || status=$?
	out=$(cat "$work/.out")
	err=$(cat "$work/.err")
	case $err in
	*Sanitizer*) echo "$err" | sed 's/^/# /'; status=99 ;;
	esac
}

report() { # NAME 0|1 [what was seen]
	number=$((number + 1))
	if [ "$2" = 0 ]; then
		echo "ok $number - $1"
		return
	fi
	failures=$((failures + 1))
	echo "not ok $number - $1"
	printf '%s\n' "$3" | sed 's/^/# /'
}

is() {
	if [ "$2" = "$3" ]; then report "$1" 0; else report "$1" 1 "got:  $2
want: $3"; fi
}

has() {
	case $2 in
	*"$3"*) report "$1" 0 ;;
	*) report "$1" 1 "got:  $2
want: ...$3..." ;;
	esac
}

hasnt() {
	case $2 in
	*"$3"*) report "$1" 1 "got:  $2
want it without: $3" ;;
	*) report "$1" 0 ;;
	esac
}

get() {
	sqlite3 -batch -bail :memory: "SELECT json_extract(CAST(readfile('$work/.out') AS TEXT), '$1');"
}

each() {
	sqlite3 -batch -bail :memory: "SELECT coalesce(group_concat(x, ' '), '') FROM (SELECT $2 AS x
		FROM json_each(CAST(readfile('$work/.out') AS TEXT), '$1') WHERE ${3:-1} ORDER BY 1);"
}

# A file of the settings folder, from standard input.
file() {
	cat >"$work/$1"
}

# A settings file with one cheap model and one dear one.
plain_settings() {
	file sideways.yaml <<'EOF'
model_list:
  - model_name: cheap
    litellm_params:
      model: mock/echo
      input_cost_per_token: 0.0000002
      output_cost_per_token: 0.0000008
    model_info: {max_input_tokens: 128000, max_output_tokens: 8192}
  - model_name: dear
    litellm_params:
      model: mock/echo
      input_cost_per_token: 0.000015
      output_cost_per_token: 0.000075
    model_info: {max_input_tokens: 128000, max_output_tokens: 8192}
litellm_settings:
  max_budget: 10
  budget_duration: 1d
EOF
}

done_testing() {
	echo "1..$number"
	[ "$failures" = 0 ]
	exit
}
