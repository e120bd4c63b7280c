# The columns of src/show/segment_columns.c or limit_columns.c, where each is one line:
#     { "NAME", TYPE, FLAGS, NEEDS, function, "help" },
# -v form=man: as a list in scdoc's format that says which ones are shown by default;
# -v form=all: the same without that.

/^\t\{ "[A-Z]+", COLUMN_/ {
	split($0, quoted, "\"")
	name = quoted[2]
	help = quoted[4]
	printf "*%s*%s\n\t%s\n\n", name, form == "man" && $0 ~ /, DEFAULT/ ? " (default)" : "", help
}
