# Turns sql/*.sql into C.  -v output=names writes sql_names.h, -v output=texts writes sql_text.c.
# -v prefix=bank_ puts that before all names, in files of app/bank.
#
# sql/schema/TOPIC.sql together, in the order in which they are given, are the schema; sql/steps/N_TOPIC.sql takes a
# database of version N - 1 to N (any first number, then without a gap; the last is the schema's version).  Both are
# kept whole, and so is what stands in functions/, where there is such a folder.  In every other file a line "-- name: ledger_hold" begins a statement,
# which ends at the next such line or at the end of the file; other comment lines and empty lines
# are dropped.  A name used twice, a name without a statement and a statement without a name stop
# the build.
#
# "-- rows: ledger_end_all" below the name of a plain INSERT makes a second statement of that name, which inserts all rows
# of the table sheaf in its place (app/store/sheaf.h).
#
# Of a statement of SQLite's its parameters are written, too, in the order in which SQLite numbers them: as they come.
# They and the statement have hashes of their names, by which another version of the program finds them
# (app/store/change_bytes.c): one that two of them have stops the build.

function fail(message) {
	print FILENAME ":" FNR ": " message > "/dev/stderr"
	failed = 1
	exit 1
}

function c_string(line) {
	gsub(/\\/, "\\\\", line)
	gsub(/"/, "\\\"", line)
	return "\t\"" line "\\n\""
}

# N for steps/N_topic.sql, 0 for all others.
function step_of(path) {
	if (path !~ /(^|\/)steps\/[0-9]+_[a-z0-9_]+\.sql$/)
		return 0
	sub(/.*\//, "", path)
	return path + 0
}

FNR == 1 {
	in_schema = FILENAME ~ /(^|\/)schema\/[a-z0-9_]+\.sql$/
	in_functions = FILENAME ~ /(^|\/)functions\/[a-z0-9_]+\.sql$/
	step = step_of(FILENAME)
	current = 0
	if (step in steps)
		fail("a second step " step)
	if (step && (!first_step || step < first_step))
		first_step = step
	if (step > version)
		version = step
}

in_schema {
	schema = schema "\n" c_string($0)
	next
}

in_functions {
	functions = functions "\n" c_string($0)
	next
}

step {
	steps[step] = steps[step] "\n" c_string($0)
	next
}

function new_name(name) {
	if (name !~ /^[a-z][a-z0-9_]*$/ || NF != 3)
		fail("want \"" $1 " " $2 " some_name\" in small letters")
	if (name in place)
		fail("the name " name " stands at " place[name] " too")
	place[name] = FILENAME ":" FNR
	names[++count] = name
	return count
}

/^-- name:/ {
	current = new_name($3)
	next
}

/^-- rows:/ {
	rows_of[new_name($3)] = current
	next
}

/^[ \t]*--/ || /^[ \t]*$/ {
	next
}

{
	if (!current)
		fail("a statement without a \"-- name:\" line above it")
	texts[current] = texts[current] "\n" c_string($0)
	bare[current] = bare[current] " " $0
}

# Both are exact in awk's numbers.
function hash_of(name, below,  i, hash) {
	for (i = 1; i <= length(name); i++)
		hash = (hash * 61 + index("abcdefghijklmnopqrstuvwxyz0123456789_", substr(name, i, 1))) % below
	return hash
}

# The rows of a statement's parameters.
function parameters_of(text, statement,  rows, name, hash, count, seen, taken) {
	gsub(/'[^']*'|"[^"]*"/, "", text)
	while (match(text, /:[a-z][a-z0-9_]*/)) {
		name = substr(text, RSTART + 1, RLENGTH - 1)
		text = substr(text, RSTART + RLENGTH)
		if (name in seen)
			continue
		seen[name] = 1
		hash = hash_of(name, 16777213)
		if (hash in taken || ++count > 255)
			fail(statement ": too many parameters, or :" name " has the hash of another one")
		taken[hash] = 1
		rows = rows sprintf("\n\t\t{ \":%s\", %du << 8 | %d },", name, hash, count)
	}
	return rows "\n\t\t{ 0 }"
}

function statement_hash(name,  hash) {
	hash = hash_of(name, 2147483629)
	if (hash in statement_hashes)
		fail("the name " name " has the hash of another one")
	statement_hashes[hash] = 1
	return hash
}

# The text of an INSERT whose values are those of the table sheaf: p1 for its first parameter.
function by_rows(text,  out, name, numbers, n) {
	if (!sub(/INSERT INTO /, "INSERT OR FAIL INTO ", text) || !sub(/"VALUES \(/, "\"SELECT ", text) || !sub(/\);/, " FROM sheaf;", text))
		fail("-- rows: wants a plain INSERT INTO ... VALUES (...);")
	while (match(text, /:[a-z][a-z0-9_]*/)) {
		name = substr(text, RSTART, RLENGTH)
		if (!(name in numbers))
			numbers[name] = ++n
		out = out substr(text, 1, RSTART - 1) "p" numbers[name]
		text = substr(text, RSTART + RLENGTH)
	}
	return out text
}

function write_names(  i, guard) {
	guard = (prefix ? "BANK" : "STORE") "_" toupper(prefix) "SQL_NAMES_H"
	print "/* Made from sql/ by app/store/embed_sql.awk; do not edit. */"
	print "#ifndef " guard "\n#define " guard "\n"
	if (!prefix)
		print "#include <stdint.h>\n"
	print "enum " prefix "sql_name {"
	for (i = 1; i <= count; i++)
		print "\t" toupper(prefix) "SQL_" toupper(names[i]) ","
	print "\t" toupper(prefix) "SQL_NAME_COUNT\n};\n"
	if (!prefix) {
		print "struct sql_parameter {\n\tconst char *name; /* \":id\"; NULL behind the last one */"
		print "\tuint32_t sign;    /* its number, above it a hash of its name */\n};\n"
	}
	print "struct " prefix "sql_text {\n\tconst char *name;\n\tconst char *text;"
	if (!prefix)
		print "\tuint32_t hash; /* of its name */\n\tconst struct sql_parameter *parameters;"
	print "};\n"
	print "extern const struct " prefix "sql_text " prefix "sql_texts[" toupper(prefix) "SQL_NAME_COUNT];"
	print "#define " toupper(prefix) "SQL_SCHEMA_VERSION " version
	print "extern const char " prefix "sql_schema[];"
	if (functions)
		print "extern const char " prefix "sql_functions[];"
	if (first_step) {
		print "#define " toupper(prefix) "SQL_SCHEMA_OLDEST " first_step - 1 " /* that the steps take over */"
		print "extern const char *const " prefix "sql_steps[" version - first_step + 1 "];"
	}
	print "\n#endif"
}

function numbered(i) {
	return sprintf("\n\t%du, (const struct sql_parameter[]){", statement_hash(names[i])) \
		parameters_of(bare[i], names[i]) " }"
}

function write_texts(  i) {
	print "/* Made from sql/ by app/store/embed_sql.awk; do not edit. */"
	print "#include \"" (prefix ? "bank" : "store") "/" prefix "sql_names.h\"\n"
	print "const char " prefix "sql_schema[] =" schema ";\n"
	if (functions)
		print "const char " prefix "sql_functions[] =" functions ";\n"
	if (first_step) {
		print "const char *const " prefix "sql_steps[" version - first_step + 1 "] = {"
		for (i = first_step; i <= version; i++)
			print steps[i] ","
		print "};\n"
	}
	print "const struct " prefix "sql_text " prefix "sql_texts[" toupper(prefix) "SQL_NAME_COUNT] = {"
	for (i = 1; i <= count; i++)
		print "\t{ \"" names[i] "\"," texts[i] (prefix ? "" : "," numbered(i)) " },"
	print "};"
}

END {
	if (failed)
		exit 1
	if (schema == "" || !version)
		fail("sql/schema/ or sql/steps/ is missing or empty")
	for (i = first_step; first_step && i <= version; i++)
		if (steps[i] == "")
			fail("step " i " is missing or empty (sql/steps/" i "_TOPIC.sql)")
	for (i in rows_of)
		texts[i] = by_rows(texts[rows_of[i]])
	for (i = 1; i <= count; i++)
		if (texts[i] == "")
			fail("the name " names[i] " has no statement")
	if (output == "names")
		write_names()
	else
		write_texts()
}
