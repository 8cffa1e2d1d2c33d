/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/runner.h"
#include "reports/file.h"
#include "reports/mem.h"

static int read_settings(const struct invocation *invocation, struct runner_options *options)
{
	for (size_t i = 0; i < invocation->given_count; i++) {
		const struct cli_given *given = &invocation->given[i];
		struct setting *setting;
		const char *equals;

		if (strcmp(given->option->name, "set") != 0)
			continue;
		equals = strchr(given->value, '=');
		if (equals == NULL || equals == given->value) {
			/* The value may be a secret, so it is not repeated. */
			message_usage(invocation->command->name, "--set expects NAME=VALUE");
			return -1;
		}
		options->settings = xgrow(
			options->settings, options->setting_count, sizeof(*options->settings));
		setting = &options->settings[options->setting_count++];
		setting->name = xasprintf("%.*s", (int)(equals - given->value), given->value);
		setting->value = equals + 1;
	}
	return 0;
}

static int read_seed(const struct invocation *invocation, uint64_t *ret_seed)
{
	const char *text = invocation_value(invocation, "seed");
	uint32_t chosen = 0;
	char *end;

	if (text == NULL) {
		/* 32 bits are easy to copy from a report to a command line. */
		if (getrandom(&chosen, sizeof(chosen), 0) != (ssize_t)sizeof(chosen))
			chosen = (uint32_t)getpid();
		*ret_seed = chosen;
		return 0;
	}
	errno = 0;
	*ret_seed = strtoull(text, &end, 10);
	if (errno == 0 && end != text && *end == '\0' && text[0] != '-')
		return 0;
	message_usage(invocation->command->name, "--seed expects a number, not '%s'", text);
	return -1;
}

static int read_engine(const struct invocation *invocation, enum engine *ret_engine)
{
	static const char *const names[] = {
		[ENGINE_AUTO] = "auto",
		[ENGINE_NETEM] = "netem",
		[ENGINE_RELAY] = "relay",
	};
	const char *text = invocation_value(invocation, "engine");

	*ret_engine = ENGINE_AUTO;
	if (text == NULL)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i], text) == 0) {
			*ret_engine = (enum engine)i;
			return 0;
		}
	}
	message_usage(
		invocation->command->name, "--engine is auto, netem or relay, not '%s'", text);
	return -1;
}

/* Before the run, not after it. The default is the verb's own. */
static int check_out(const struct runner_options *options)
{
	struct err err = {0};

	if (options->out == NULL || report_directory_check(options->out, &err) == 0)
		return 0;
	message_error(&err);
	return -1;
}

int runner_options_read(const struct invocation *invocation, struct runner_options *ret_options)
{
	struct runner_options options = {0};

	options.plan.features = &invocation->session->features;
	options.plan.standby = invocation->session->standby;
	if (invocation->session->has_ssh)
		options.plan.ssh = &invocation->session->ssh;
	options.plan.protection = invocation->session->protection;
	options.custodian = invocation->session->custodian;
	options.out = invocation_value(invocation, "out");
	options.quiet = invocation_has(invocation, "quiet");
	options.strict = invocation_has(invocation, "strict");
	options.color = !invocation_has(invocation, "no-color");
	if (check_out(&options) < 0 || read_settings(invocation, &options) < 0 ||
		read_seed(invocation, &options.plan.seed) < 0 ||
		read_engine(invocation, &options.plan.engine) < 0) {
		runner_options_release(&options);
		return -1;
	}
	*ret_options = options;
	return 0;
}

void runner_options_release(struct runner_options *options)
{
	for (size_t i = 0; i < options->setting_count; i++)
		free((char *)(uintptr_t)options->settings[i].name);
	free(options->settings);
	memset(options, 0, sizeof(*options));
}
