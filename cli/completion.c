/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"

#include <string.h>

#include "cli/message.h"
#include "reports/mem.h"

enum completion_arguments completion_arguments(const struct command *command)
{
	if (strncmp(command->arguments, "FILE", 4) == 0)
		return COMPLETE_FILES;
	if (strstr(command->arguments, "KIND") != NULL)
		return COMPLETE_KINDS;
	if (strstr(command->arguments, "PROBE") != NULL)
		return COMPLETE_PROBES;
	if (strchr(command->arguments, '|') != NULL)
		return COMPLETE_WORDS;
	return COMPLETE_NOTHING;
}

bool completion_has_values(const struct cli_option *option)
{
	return option->argument != NULL && option->argument[0] >= 'a' && option->argument[0] <= 'z';
}

bool completion_wants_directory(const struct cli_option *option)
{
	return option->argument != NULL && strcmp(option->argument, "DIR") == 0;
}

void completion_quote(const char *text, FILE *out)
{
	fputc('\'', out);
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
	}
	fputc('\'', out);
}

void completion_print_words(const char *placeholder, FILE *out)
{
	for (const char *c = placeholder; *c != '\0'; c++) {
		if (*c == '|')
			fputc(' ', out);
		else if (*c != '[' && *c != ']')
			fputc(*c, out);
	}
}

static int run(const struct invocation *invocation)
{
	static const struct {
		const char *shell;
		void (*print)(FILE *out);
	} shells[] = {
		{"bash", completion_bash},
		{"zsh", completion_zsh},
		{"fish", completion_fish},
	};
	const char *shell = invocation->arguments[0];

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		if (strcmp(shells[i].shell, shell) == 0) {
			shells[i].print(stdout);
			return 0;
		}
	}
	return message_usage(
		"completion", "there are completions for bash, zsh and fish, not '%s'", shell);
}

const struct command command_completion = {
	.name = "completion",
	.summary = "print completions for a shell",
	.arguments = "bash|zsh|fish",
	.details = "To have them at once:\n"
		   "  bash:  source <(perturb completion bash)\n"
		   "  zsh:   source <(perturb completion zsh)\n"
		   "  fish:  perturb completion fish | source\n"
		   "\"make install\" puts them where the shells look for them.",
	.minimum_arguments = 1,
	.maximum_arguments = 1,
	.run = run,
};
