/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"
#include "cli/inject.h"
#include "experiments/probes/kind.h"
#include "reports/mem.h"

/* Options of a verb, or of one kind of inject (kind is NULL for the others). */
static void print_options(
	const char *verb, const char *kind, const struct cli_option *options, FILE *out)
{
	for (const struct cli_option *o = options; o != NULL && o->name != NULL; o++) {
		fprintf(out, "complete -c perturb -n '__fish_seen_subcommand_from %s", verb);
		if (kind != NULL)
			fprintf(out, "; and __fish_seen_subcommand_from %s", kind);
		fprintf(out, "' -l %s", o->name);
		if (o->argument != NULL)
			fputs(" -x", out);
		if (completion_has_values(o)) {
			fputs(" -a '", out);
			completion_print_words(o->argument, out);
			fputc('\'', out);
		} else if (completion_wants_directory(o)) {
			fputs(" -a '(__fish_complete_directories)'", out);
		}
		fputs(" -d ", out);
		completion_quote(o->help, out);
		fputc('\n', out);
	}
}

static void print_kind(const char *verb, const char *name, const char *summary, FILE *out)
{
	fprintf(out,
		"complete -c perturb -n '__fish_seen_subcommand_from %s; and "
		"test (count (commandline -opc)) -eq 2' -a %s -d ",
		verb, name);
	completion_quote(summary, out);
	fputc('\n', out);
}

static void print_kinds(const char *verb, FILE *out)
{
	for (size_t i = 0; fault_kinds[i] != NULL; i++)
		print_kind(verb, fault_kinds[i]->name, fault_kinds[i]->summary, out);
}

static void print_probes(const char *verb, FILE *out)
{
	for (size_t i = 0; probe_kinds[i] != NULL; i++)
		print_kind(verb, probe_kinds[i]->name, probe_kinds[i]->summary, out);
}

static void print_arguments(const struct command *command, FILE *out)
{
	switch (completion_arguments(command)) {
	case COMPLETE_FILES:
		fprintf(out,
			"complete -c perturb -n '__fish_seen_subcommand_from %s' -k -a "
			"'(__fish_complete_suffix .yaml; __fish_complete_suffix .yml)'\n",
			command->name);
		break;
	case COMPLETE_KINDS:
		print_kinds(command->name, out);
		break;
	case COMPLETE_PROBES:
		print_probes(command->name, out);
		break;
	case COMPLETE_WORDS:
		fprintf(out, "complete -c perturb -n '__fish_seen_subcommand_from %s' -a '",
			command->name);
		completion_print_words(command->arguments, out);
		fputs("'\n", out);
		break;
	case COMPLETE_NOTHING:
		break;
	}
}

static void print_inject(FILE *out)
{
	struct arena arena = {0};

	for (size_t i = 0; fault_kinds[i] != NULL; i++)
		print_options("inject", fault_kinds[i]->name,
			inject_options(fault_kinds[i], &arena), out);
	arena_release(&arena);
}

void completion_fish(FILE *out)
{
	fputs("# fish completion of perturb; made by 'perturb completion fish'\n"
	      "complete -c perturb -f\n"
	      "complete -c perturb -l help -d 'show the help'\n"
	      "complete -c perturb -n __fish_use_subcommand -l version -d 'show the version'\n",
		out);
	for (const struct command *const *command = commands; *command != NULL; command++) {
		fprintf(out, "complete -c perturb -n __fish_use_subcommand -a %s -d ",
			(*command)->name);
		completion_quote((*command)->summary, out);
		fputc('\n', out);
	}
	for (const struct command *const *command = commands; *command != NULL; command++) {
		if (*command == &command_inject)
			print_inject(out);
		else
			print_options((*command)->name, NULL, (*command)->options, out);
		print_arguments(*command, out);
	}
}
