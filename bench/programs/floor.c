/*
 * floor MODE LINES: print as many lines as 'shmtool ls' with its default columns, by
 * libsmartcols alone. All cells are ready-made and the same in each line. The library
 * gets the same hints as from shmtool: the widths of cells and lines, and that nothing
 * needs encoding. MODE is table, raw or json.
 */
#include <err.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

enum mode { TABLE, RAW, JSON };

static const struct {
	const char *name;
	int flags;
	const char *cell[3]; /* by mode; NULL: empty */
} columns[] = {
	{ "ID", SCOLS_FL_RIGHT, { "16384", "16384", "16384" } },
	{ "KEY", 0, { "0x00000000", "0x00000000", "\"0x00000000\"" } },
	{ "OWNER", SCOLS_FL_TRUNC, { "root", "root", "\"root\"" } },
	{ "PERMS", 0, { "rw-------", "rw-------", "\"rw-------\"" } },
	{ "SIZE", SCOLS_FL_RIGHT, { "4K", "4096", "4096" } },
	{ "RSS", SCOLS_FL_RIGHT, { "0", "0", "0" } },
	{ "NATTCH", SCOLS_FL_RIGHT, { "0", "0", "0" } },
	{ "STATUS", 0, { "orphan", "orphan", "[\"orphan\"]" } },
	{ "IDLE", SCOLS_FL_RIGHT, { "0s", "0", "0" } },
	{ "CPID", SCOLS_FL_RIGHT, { "1234", "1234", "1234" } },
	{ "COMMAND", SCOLS_FL_TRUNC, { NULL, "-", NULL } },
};
#define COLUMNS (sizeof(columns) / sizeof(*columns))

static size_t cell_width(
	const struct libscols_column *column, const char *cell, void *data)
{
	(void)column;
	(void)data;
	return strlen(cell);
}

static void add_columns(struct libscols_table *table)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		struct libscols_column *column = scols_table_new_column(
			table, columns[i].name, 0, columns[i].flags | SCOLS_FL_WRAP);

		if (!column)
			err(1, "scols_table_new_column");
		scols_column_set_wrapfunc(
			column, cell_width, scols_wrapnl_nextchunk, NULL);
		scols_column_set_json_type(column, SCOLS_JSON_NUMBER);
	}
}

static void add_line(struct libscols_table *table, enum mode mode)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	if (!line)
		err(1, "scols_table_new_line");
	for (size_t i = 0; i < COLUMNS; i++) {
		if (scols_line_set_data(line, i, columns[i].cell[mode]) != 0)
			err(1, "scols_line_set_data");
	}
}

int main(int argc, char *argv[])
{
	const char *name = argc > 1 ? argv[1] : "table";
	int lines = argc > 2 ? atoi(argv[2]) : 0;
	enum mode mode = strcmp(name, "raw") == 0 ? RAW
		: strcmp(name, "json") == 0       ? JSON
						  : TABLE;
	struct libscols_table *table = scols_new_table();

	if (!table)
		err(1, "scols_new_table");
	scols_table_set_name(table, "segments");
	scols_table_enable_raw(table, mode == RAW);
	scols_table_enable_json(table, mode == JSON);
	scols_table_enable_minout(table, 1);
	scols_table_enable_noencoding(table, 1);
	scols_table_set_termforce(table, SCOLS_TERMFORCE_ALWAYS);
	scols_table_set_termwidth(table, 80);
	add_columns(table);
	for (int i = 0; i < lines; i++)
		add_line(table, mode);
	return scols_print_table(table) == 0 ? 0 : 1;
}
