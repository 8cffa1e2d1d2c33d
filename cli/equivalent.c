/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/equivalent.h"

#include <stdio.h>

#include "reports/mem.h"
#include "reports/text.h"

char *equivalent_command(const struct operation *operation)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (stream == NULL)
		out_of_memory();
	operation_ops(operation->type)->describe(operation, stream);
	if (fclose(stream) != 0)
		out_of_memory();
	return text;
}

void equivalent_print(const char *indent, const struct operation *operation)
{
	cleanup_free char *command = equivalent_command(operation);
	cleanup_free char *printable = text_printable(command);

	printf("%s%s\n", indent, printable);
}
