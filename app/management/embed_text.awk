# Turns a text file into C.  -v name=openapi_json: `const char openapi_json[]`, a string a line.

BEGIN {
	print "/* Made by app/management/embed_text.awk. */"
	print "#include \"management/" file ".h\""
	print ""
	print "const char " name "[] ="
}
{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	gsub(/\t/, " ")
	print "\t\"" $0 "\\n\""
}
END { print "\t;" }
