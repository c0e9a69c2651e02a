# Turns sql/*.sql into C.  -v output=names writes sql_names.h, -v output=texts writes sql_text.c.
#
# schema.sql and the steps after it, schema_2_TOPIC.sql and so on (in the order of their numbers, from 2 without
# a gap), are kept whole.  In every other file a line "-- name: ledger_hold" begins a statement,
# which ends at the next such line or at the end of the file; other comment lines and empty lines
# are dropped.  A name used twice, a name without a statement and a statement without a name stop
# the build.

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

# 1 for schema.sql, N for schema_N_topic.sql, 0 for statements.
function schema_step(path) {
	sub(/.*\//, "", path)
	if (path == "schema.sql")
		return 1
	if (path !~ /^schema_[0-9]+_[a-z0-9_]+\.sql$/)
		return 0
	split(path, part, "_")
	return part[2] + 0
}

FNR == 1 {
	step = schema_step(FILENAME)
	current = 0
}

step {
	if (FNR == 1 && step in schema)
		fail("a second schema step " step)
	schema[step] = schema[step] "\n" c_string($0)
	if (step > steps)
		steps = step
	next
}

/^-- name:/ {
	name = $3
	if (name !~ /^[a-z][a-z0-9_]*$/ || NF != 3)
		fail("want \"-- name: some_name\" in small letters")
	if (name in place)
		fail("the name " name " stands at " place[name] " too")
	place[name] = FILENAME ":" FNR
	current = ++count
	names[current] = name
	next
}

/^[ \t]*--/ || /^[ \t]*$/ {
	next
}

{
	if (!current)
		fail("a statement without a \"-- name:\" line above it")
	texts[current] = texts[current] "\n" c_string($0)
}

function write_names(  i) {
	print "/* Made from sql/ by app/store/embed_sql.awk; do not edit. */"
	print "#ifndef STORE_SQL_NAMES_H\n#define STORE_SQL_NAMES_H\n"
	print "enum sql_name {"
	for (i = 1; i <= count; i++)
		print "\tSQL_" toupper(names[i]) ","
	print "\tSQL_NAME_COUNT\n};\n"
	print "struct sql_text {\n\tconst char *name;\n\tconst char *text;\n};\n"
	print "extern const struct sql_text sql_texts[SQL_NAME_COUNT];"
	print "#define SQL_SCHEMA_STEPS " steps
	print "extern const char *const sql_schema[SQL_SCHEMA_STEPS];\n\n#endif"
}

function write_texts(  i) {
	print "/* Made from sql/ by app/store/embed_sql.awk; do not edit. */"
	print "#include \"store/sql_names.h\"\n"
	print "const char *const sql_schema[SQL_SCHEMA_STEPS] = {"
	for (i = 1; i <= steps; i++)
		print schema[i] ","
	print "};\n"
	print "const struct sql_text sql_texts[SQL_NAME_COUNT] = {"
	for (i = 1; i <= count; i++)
		print "\t{ \"" names[i] "\"," texts[i] " },"
	print "};"
}

END {
	if (failed)
		exit 1
	for (i = 1; i <= steps || i == 1; i++)
		if (schema[i] == "")
			fail("schema step " i " is missing or empty (step 1 is sql/schema.sql)")
	for (i = 1; i <= count; i++)
		if (texts[i] == "")
			fail("the name " names[i] " has no statement")
	if (output == "names")
		write_names()
	else
		write_texts()
}
