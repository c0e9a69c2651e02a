# Turns config/prices.tsv into app/prices/price_rows.c.  The header line comes first, the rows
# after it must be sorted by provider and model (the make rule does it), each pair once.

BEGIN {
	FS = "\t"
}

function fail(message) {
	print "config/prices.tsv: " message > "/dev/stderr"
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
	for (dated = NF; $dated != "as_of" && dated > 1; dated--)
		continue
	if ($1 != "provider" || $2 != "model" || $0 !~ /\tas_of(\t|$)/)
		fail("the first line must name the columns, from provider and model to as_of")
	print "/* Made from config/prices.tsv by app/prices/embed_prices.awk; do not edit. */"
	print "#include \"prices/price_rows.h\"\n"
	print "const char price_rows_header[] = " c_string($0) ";\n"
	print "const struct price_row_text price_rows[] = {"
	next
}

/^#/ || /^$/ {
	next
}

{
	if (NF > columns || NF < dated) # units of other kinds than tokens may be left off
		fail($1 " " $2 " has " NF " columns, the header has " columns)
	if ($1 == provider && $2 == model)
		fail($1 " " $2 " stands there twice")
	if ($dated !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]$/)
		fail($1 " " $2 " has no date in its column as_of")
	provider = $1
	model = $2
	if ($dated > newest)
		newest = $dated
	count++
	print "\t{ " c_string($1) ", " c_string($2) ", " c_string($0) " },"
}

END {
	if (failed)
		exit 1
	if (!count)
		fail("no rows")
	print "};\n"
	print "const size_t price_rows_count = sizeof price_rows / sizeof price_rows[0];\n"
	print "const char price_rows_date[] = \"" newest "\";"
}
