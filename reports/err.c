/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What an analyzer sees instead of them. */
#undef err_set
#undef err_field
#undef err_prefix

static void write_message(struct err *err, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

static void write_message(struct err *err, const char *format, va_list arguments)
{
	int length = vsnprintf(err->message, sizeof(err->message), format, arguments);

	if (length >= (int)sizeof(err->message))
		memcpy(err->message + sizeof(err->message) - 4, "...", 4);
	if (length < 0)
		err->message[0] = '\0';
}

static void append_system(struct err *err)
{
	size_t used = strlen(err->message);

	if (err->sys != 0 && used < sizeof(err->message) - 1)
		snprintf(err->message + used, sizeof(err->message) - used, ": %s",
			strerror(err->sys));
}

int err_set(struct err *err, enum err_code code, int sys, const char *format, ...)
{
	va_list arguments;

	if (err == NULL)
		return -1;
	memset(err, 0, sizeof(*err));
	err->code = code;
	err->sys = sys;
	va_start(arguments, format);
	write_message(err, format, arguments);
	va_end(arguments);
	append_system(err);
	return -1;
}

int err_field(struct err *err, const char *field, const char *format, ...)
{
	va_list arguments;

	if (err == NULL)
		return -1;
	memset(err, 0, sizeof(*err));
	err->code = ERR_USAGE;
	err->field = field;
	va_start(arguments, format);
	write_message(err, format, arguments);
	va_end(arguments);
	return -1;
}

int err_prefix(struct err *err, const char *format, ...)
{
	char rest[sizeof(err->message)];
	va_list arguments;
	size_t used;

	if (err == NULL)
		return -1;
	memcpy(rest, err->message, sizeof(rest));
	va_start(arguments, format);
	write_message(err, format, arguments);
	va_end(arguments);
	used = strlen(err->message);
	snprintf(err->message + used, sizeof(err->message) - used, ": %s", rest);
	return -1;
}

int err_exit_status(const struct err *err)
{
	switch (err->code) {
	case ERR_USAGE:
		return 2;
	case ERR_UNREVERTED:
		return 5;
	case ERR_NONE:
	case ERR_UNAVAILABLE:
	case ERR_SYSTEM:
		break;
	}
	return 3;
}

void err_list_add(struct err_list *list, struct loc loc, const char *format, ...)
{
	va_list arguments;
	struct err *err;

	list->total++;
	if (list->count == ERR_LIST_MAX)
		return;
	err = &list->items[list->count++];
	memset(err, 0, sizeof(*err));
	err->code = ERR_USAGE;
	err->loc = loc;
	va_start(arguments, format);
	write_message(err, format, arguments);
	va_end(arguments);
}
