#!/bin/sh
# Wrong words get a sentence, the nearest right word, and exit status 2.
. "$(dirname "$0")/tap.sh"

run --version
is "--version succeeds" "$status" 0
has "--version names the program" "$out" "sideways "

run
is "no command at all is wrong usage" "$status" 2
has "and is answered with the commands" "$out" "keys create"
run help
is "help succeeds" "$status" 0
run help keys create
has "help COMMAND shows the options" "$out" "--budget 5/1d"
run keys create --help
has "and so does --help" "$out" "--budget 5/1d"
run help keys
has "help keys lists its commands" "$out" "sideways keys rotate"

run chek
is "an unknown command is wrong usage" "$status" 2
has "the nearest is named" "$err" "nearest: check"
is "nothing goes to stdout" "$out" ""
run keys creat
has "the nearest of two words is named" "$err" "nearest: keys create"
run keys
is "half a command is wrong usage" "$status" 2
has "and is answered with the other half" "$err" "sideways keys create"

run keys create --budgte 5/1d
is "an unknown option is wrong usage" "$status" 2
has "the nearest option is named" "$err" "nearest: --budget"
run keys create --alias
has "a missing value is named" "$err" "--alias needs a value"
run keys show
is "a missing word is wrong usage" "$status" 2
has "the usage is shown" "$err" "usage: sideways keys show [options] KEY"
run spend today
has "a word too many is named" "$err" "there is one word too many: 'today'"

run serve
is "serve without a place is wrong usage" "$status" 2
has "and says what it wants" "$err" "--listen"
run serve --listen unix:"$work/s" --workers 0
has "workers are counted from 1" "$err" "--workers needs a number from 1 to 64"
run serve --listen unix:"$work/s" --workers many
is "workers are a number" "$status" 2

plain_settings
for wrong in '--remove' 'ada --code' '--role viewer' 'ada --role boss' 'ada --remove --role admin' '--code --remove'; do
	# shellcheck disable=SC2086
	run passwd $wrong
	is "passwd $wrong is wrong usage" "$status" 2
done
for reads in 'passwd' 'passwd nobody --remove' 'alerts test'; do
	# shellcheck disable=SC2086
	run $reads
	is "$reads makes no database" "$(ls ./*.db 2>/dev/null)" ""
done

# A file of another kind at the socket's place is never removed.
run keys create
before=$(cksum <sideways.db)
run serve --listen unix:sideways.db
is "a file where the socket would be is wrong usage" "$status" 2
has "and is said not to be a socket" "$err" "is not a socket"
is "it is left as it was" "$(cksum <sideways.db)" "$before"
ln -s sideways.db link
run serve --listen unix:link
is "so is a link" "$status $(readlink link)" "2 sideways.db"
run serve --listen unix:
is "an empty path is wrong usage" "$status" 2

"$SIDEWAYS" help >/dev/full 2>"$work/.err"
is "an output that cannot be written is a failure" "$?" 1
done_testing
