# Turns templates/* into C: one string a file, in the order of the arguments.

function c_string(line) {
	gsub(/\\/, "\\\\", line)
	gsub(/"/, "\\\"", line)
	gsub(/\?/, "\\?", line)
	return "\t\"" line "\\n\""
}

BEGIN {
	print "/* Made from templates/ by app/web/embed_templates.awk; do not edit. */"
	print "#include \"web/template.h\"\n"
	print "const struct template_file template_files[] = {"
}

FNR == 1 {
	if (open)
		print "\t},"
	name = FILENAME
	sub(/.*\//, "", name)
	print "\t{ \"" name "\","
	open = 1
}

{ print c_string($0) }

END {
	if (open)
		print "\t},"
	print "};\nconst size_t template_file_count = sizeof template_files / sizeof template_files[0];"
}
