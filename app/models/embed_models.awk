# Turns config/models.tsv into app/models/model_rows.c.  The header line comes first.

BEGIN {
	FS = "\t"
}

function fail(message) {
	print "config/models.tsv: " message > "/dev/stderr"
	failed = 1
	exit 1
}

function c_string(text) {
	gsub(/\\/, "\\\\", text)
	gsub(/"/, "\\\"", text)
	gsub(/\t/, "\\t", text)
	return "\"" text "\""
}

NR == 1 {
	columns = NF
	if ($1 != "provider" || $2 != "pattern")
		fail("the first line must name the columns, from provider and pattern on")
	for (i = 1; i <= NF; i++)
		place[$i] = i
	print "/* Made from config/models.tsv by app/models/embed_models.awk; do not edit. */"
	print "#include \"models/model_rows.h\"\n"
	print "const char model_rows_header[] = " c_string($0) ";\n"
	print "const char *const model_rows[] = {"
	next
}

/^#/ || /^$/ {
	next
}

{
	if (NF != columns)
		fail($1 " " $2 " has " NF " columns, the header has " columns)
	if (seen[$1, $2]++)
		fail($1 " " $2 " stands there twice")
	if ($place["source"] == "")
		fail($1 " " $2 " has no source")
	if ($place["as_of"] !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]$/)
		fail($1 " " $2 " has no date in as_of")
	count++
	print "\t" c_string($0) ","
}

END {
	if (failed)
		exit 1
	if (!count)
		fail("no rows")
	print "};\n"
	print "const size_t model_rows_count = sizeof model_rows / sizeof model_rows[0];"
}
