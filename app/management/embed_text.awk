# Turns text files into C.  -v names="a b": `const char a[]` of the first file, b[] of the second, a string a line;
# -v header=management/openapi.h: where they are declared; -v version=...: of @VERSION@.

BEGIN {
	print "/* Made by app/management/embed_text.awk. */"
	print "#include \"" header "\""
	split(names, name, " ")
}
FNR == 1 {
	if (files++)
		print "\t\t;"
	print ""
	print "const char " name[files] "[] ="
}
{
	gsub(/@VERSION@/, version)
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	gsub(/\t/, " ")
	print "\t\"" $0 "\\n\""
}
END { print "\t;" }
