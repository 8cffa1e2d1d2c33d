/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets do not leave the program: each becomes "***". */
#include <string.h>

#include "experiments/experiment_parts.h"

/* A secret that a text holds. */
struct needle {
	const char *value;
	const char *next; /* where it is found next; NULL: no more */
};

static size_t find_needles(
	const struct experiment *experiment, const char *text, struct needle *ret_needles)
{
	size_t count = 0;

	for (size_t i = 0; i < experiment->variable_count && count < SECRETS_MAX; i++) {
		const struct variable *variable = &experiment->variables[i];

		if (!variable->secret || variable->value[0] == '\0')
			continue;
		ret_needles[count].value = variable->value;
		ret_needles[count].next = strstr(text, variable->value);
		if (ret_needles[count].next != NULL)
			count++;
	}
	return count;
}

/* The one that comes next; at the same place the longest, so that nothing of it remains. */
static const struct needle *next_needle(const struct needle *needles, size_t count)
{
	const struct needle *first = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct needle *needle = &needles[i];

		if (needle->next == NULL)
			continue;
		if (first == NULL || needle->next < first->next ||
			(needle->next == first->next &&
				strlen(needle->value) > strlen(first->value)))
			first = needle;
	}
	return first;
}

const char *experiment_redact(
	const struct experiment *experiment, struct arena *arena, const char *text)
{
	struct needle needles[SECRETS_MAX];
	size_t count = find_needles(experiment, text, needles);
	cleanup_free char *redacted = NULL;
	const struct needle *needle;
	char *end;

	if (count == 0)
		return text;
	redacted = xcalloc(strlen(text) * 3 + 1, 1);
	end = redacted;
	while ((needle = next_needle(needles, count)) != NULL) {
		end = mempcpy(end, text, (size_t)(needle->next - text));
		end = mempcpy(end, "***", 3);
		text = needle->next + strlen(needle->value);
		for (size_t i = 0; i < count; i++) {
			if (needles[i].next != NULL && needles[i].next < text)
				needles[i].next = strstr(text, needles[i].value);
		}
	}
	end = stpcpy(end, text);
	return arena_strndup(arena, redacted, (size_t)(end - redacted));
}
