/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/message.h"

#include <stdarg.h>
#include <stdio.h>

#include "reports/mem.h"
#include "reports/text.h"

static void print_place(const struct loc *loc)
{
	if (loc->file != NULL && loc->line != 0)
		fprintf(stderr, "%s:%u:%u: ", loc->file, loc->line, loc->column);
	else if (loc->file != NULL)
		fprintf(stderr, "%s: ", loc->file);
}

static void print_error(const struct err *err)
{
	cleanup_free char *printable = text_printable(err->message);

	fputs("perturb: ", stderr);
	print_place(&err->loc);
	if (err->field != NULL)
		fprintf(stderr, "%s: ", err->field);
	/* It may quote what a container engine or a file said; a terminal must not obey that. */
	fprintf(stderr, "%s\n", printable);
}

int message_error(const struct err *err)
{
	print_error(err);
	return err_exit_status(err);
}

int message_errors(const struct err_list *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		print_error(&errors->items[i]);
	if (errors->total > errors->count)
		fprintf(stderr, "perturb: and %zu more errors\n", errors->total - errors->count);
	if (errors->text_private)
		fputs("perturb: the file is private (others may not read it): its text is not "
		      "shown\n",
			stderr);
	return 2;
}

void message_warning(const char *format, ...)
{
	va_list arguments;

	fputs("perturb: warning: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

int message_usage(const char *verb, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "perturb: %s: ", verb);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "; see 'perturb %s --help'\n", verb);
	return 2;
}

int message_unknown(const char *verb, const char *what, const struct nearest *nearest)
{
	const int length = (int)nearest->length;

	if (nearest->best != NULL)
		return message_usage(verb, "unknown %s '%.*s' (did you mean '%s'?)", what, length,
			nearest->name, nearest->best);
	return message_usage(verb, "unknown %s '%.*s'", what, length, nearest->name);
}
