# sideways.yaml(5) from docs/settings.md, so that the two cannot differ:
#
#	awk -v version=1.2.3 -f settings-man.awk docs/settings.md
#
# Knows what that page uses: headings, paragraphs, lists, tables, indented and fenced code, `code`, **bold**, [links](to).

function roff(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	return text
}

# Words of a line; code in bold, which is how man pages show what is typed.
function words(text,    out, at) {
	while (match(text, /`[^`]*`|\*\*[^*]*\*\*|\[[^]]*\]\([^)]*\)/)) {
		at = substr(text, RSTART, RLENGTH)
		out = out roff(substr(text, 1, RSTART - 1))
		text = substr(text, RSTART + RLENGTH)
		if (at ~ /^\[/) out = out roff(substr(at, 2, index(at, "](") - 2))
		else if (at ~ /^`/) out = out "\\fB" roff(substr(at, 2, length(at) - 2)) "\\fR"
		else out = out "\\fI" roff(substr(at, 3, length(at) - 4)) "\\fR"
	}
	return out roff(text)
}

# A line of text must not look like a request.
function line(text) {
	sub(/^ +/, "", text)
	if (text ~ /^[.']/) text = "\\&" text
	print text
}

function code(on) {
	if (on == in_code) return
	print on ? ".PP\n.nf\n.RS" : ".RE\n.fi"
	in_code = on
}

BEGIN {
	printf ".TH SIDEWAYS.YAML 5 \"\" \"sideways %s\" \"File formats\"\n", version
	print ".SH NAME\nsideways.yaml \\- the settings of the gateway sideways(1)"
}

/^<!--/ { next }
/^```/ { fenced = !fenced; code(fenced); next }
fenced || /^    / { code(1); gsub(/\\/, "\\e"); gsub(/-/, "\\-"); print "\\&" (fenced ? $0 : substr($0, 5)); next }
{ code(0) }
/^# / { print ".SH DESCRIPTION"; next }
/^## / { print ".SH \"" toupper(words(gensub_code(substr($0, 4)))) "\""; next }
/^### / { print ".SS \"" words(gensub_code(substr($0, 5))) "\""; next }
/^\| *---/ { in_table = 1; next }
/^\|/ {
	if (!in_table) { columns = split($0, cell, / *\| */) - 2; next }
	split($0, cell, / *\| */)
	print ".TP"
	line(words(cell[2]))
	line(words(cell[columns + 1]))
	if (columns == 4 && cell[3] != "") line("Value: " words(cell[3]) ".")
	if (columns == 4 && cell[4] != "") line("Default: " words(cell[4]) ".")
	next
}
{ in_table = 0 }
/^- / { print ".IP \\(bu 2"; line(words(substr($0, 3))); next }
/^$/ { print ".PP"; next }
{ line(words($0)) }
END { code(0); print ".SH SEE ALSO\nsideways(1), sideways.fcgi(8)" }

function gensub_code(text) { gsub(/`/, "", text); return text }
