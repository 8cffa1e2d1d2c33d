/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"
#include "cli/inject.h"
#include "experiments/probes/kind.h"
#include "reports/mem.h"

/* One entry of _describe: 'WORD:what it is'. */
static void print_entry(const char *prefix, const char *word, const char *help, FILE *out)
{
	cleanup_free char *entry = xasprintf("%s%s:%s", prefix, word, help);

	fputs("\t\t\t", out);
	completion_quote(entry, out);
	fputc('\n', out);
}

static void print_table(const struct cli_option *options, FILE *out)
{
	fputs("\t\toptions=(\n", out);
	for (const struct cli_option *o = options; o != NULL && o->name != NULL; o++)
		print_entry("--", o->name, o->help, out);
	fputs("\t\t\t'--help:show the help'\n\t\t)\n\t\tcase $words[CURRENT-1] in\n", out);
	for (const struct cli_option *o = options; o != NULL && o->name != NULL; o++) {
		if (o->argument == NULL)
			continue;
		fprintf(out, "\t\t--%s) ", o->name);
		if (completion_has_values(o)) {
			fputs("compadd ", out);
			completion_print_words(o->argument, out);
		} else if (completion_wants_directory(o)) {
			fputs("_files -/", out);
		} else {
			fputs("_message ", out);
			completion_quote(o->argument, out);
		}
		fputs("; return ;;\n", out);
	}
	fputs("\t\tesac\n", out);
}

static void print_kinds(FILE *out)
{
	fputs("\t\tif (( CURRENT == 3 )); then\n\t\tentries=(\n", out);
	for (size_t i = 0; fault_kinds[i] != NULL; i++)
		print_entry("", fault_kinds[i]->name, fault_kinds[i]->summary, out);
	fputs("\t\t)\n\t\tfi\n", out);
}

static void print_probes(FILE *out)
{
	fputs("\t\tif (( CURRENT == 3 )); then\n\t\tentries=(\n", out);
	for (size_t i = 0; probe_kinds[i] != NULL; i++)
		print_entry("", probe_kinds[i]->name, probe_kinds[i]->summary, out);
	fputs("\t\t)\n\t\tfi\n", out);
}

static void print_inject(FILE *out)
{
	struct arena arena = {0};

	fputs("\t\tcase $words[3] in\n", out);
	for (size_t i = 0; fault_kinds[i] != NULL; i++) {
		fprintf(out, "\t\t%s)\n", fault_kinds[i]->name);
		print_table(inject_options(fault_kinds[i], &arena), out);
		fputs("\t\t;;\n", out);
	}
	fputs("\t\tesac\n", out);
	arena_release(&arena);
}

static void print_verb(const struct command *command, FILE *out)
{
	fprintf(out, "\t%s)\n", command->name);
	if (command == &command_inject)
		print_inject(out);
	else
		print_table(command->options, out);
	switch (completion_arguments(command)) {
	case COMPLETE_FILES:
		fputs("\t\tfiles=yes\n", out);
		break;
	case COMPLETE_KINDS:
		print_kinds(out);
		break;
	case COMPLETE_PROBES:
		print_probes(out);
		break;
	case COMPLETE_WORDS:
		fputs("\t\tentries=(", out);
		completion_print_words(command->arguments, out);
		fputs(")\n", out);
		break;
	case COMPLETE_NOTHING:
		break;
	}
	fputs("\t\t;;\n", out);
}

void completion_zsh(FILE *out)
{
	fputs("#compdef perturb\n"
	      "# zsh completion of perturb; made by 'perturb completion zsh'\n"
	      "_perturb() {\n"
	      "\tlocal -a options entries\n"
	      "\tlocal files=''\n"
	      "\tif (( CURRENT == 2 )); then\n"
	      "\t\tentries=(\n",
		out);
	for (const struct command *const *command = commands; *command != NULL; command++)
		print_entry("", (*command)->name, (*command)->summary, out);
	fputs("\t\t)\n"
	      "\t\t_describe verb entries\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tcase $words[2] in\n",
		out);
	for (const struct command *const *command = commands; *command != NULL; command++)
		print_verb(*command, out);
	fputs("\tesac\n"
	      "\tif [[ $PREFIX == -* ]]; then\n"
	      "\t\t_describe -o option options\n"
	      "\telif [[ -n $files ]]; then\n"
	      "\t\t_files -g '*.(yaml|yml)'\n"
	      "\telif (( $#entries )); then\n"
	      "\t\t_describe argument entries\n"
	      "\tfi\n"
	      "}\n"
	      "if [[ $funcstack[1] == _perturb ]]; then\n"
	      "\t_perturb \"$@\"\n"
	      "else\n"
	      "\tcompdef _perturb perturb\n"
	      "fi\n",
		out);
}
