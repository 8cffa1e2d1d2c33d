/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"
#include "cli/inject.h"
#include "experiments/probes/kind.h"
#include "reports/mem.h"

static void print_options(const struct cli_option *options, FILE *out)
{
	for (const struct cli_option *o = options; o != NULL && o->name != NULL; o++)
		fprintf(out, "--%s ", o->name);
	fputs("--help", out);
}

static void print_kinds(FILE *out)
{
	for (size_t i = 0; fault_kinds[i] != NULL; i++)
		fprintf(out, "%s%s", i == 0 ? "" : " ", fault_kinds[i]->name);
}

static void print_probes(FILE *out)
{
	for (size_t i = 0; probe_kinds[i] != NULL; i++)
		fprintf(out, "%s%s", i == 0 ? "" : " ", probe_kinds[i]->name);
}

/* Options differ between verbs, their values do not. */
static void print_values(const struct cli_option *options, const char *indent, FILE *out)
{
	for (const struct cli_option *o = options; o != NULL && o->name != NULL; o++) {
		if (completion_has_values(o)) {
			fprintf(out, "%s--%s) values='", indent, o->name);
			completion_print_words(o->argument, out);
			fputs("' ;;\n", out);
		} else if (completion_wants_directory(o)) {
			fprintf(out, "%s--%s) values=/ ;;\n", indent, o->name);
		} else if (o->argument != NULL) {
			fprintf(out, "%s--%s) values=- ;;\n", indent, o->name);
		}
	}
}

static void print_table(const struct cli_option *options, const char *indent, FILE *out)
{
	fprintf(out, "%soptions='", indent);
	print_options(options, out);
	fprintf(out, "'\n%scase $previous in\n", indent);
	print_values(options, indent, out);
	fprintf(out, "%sesac\n", indent);
}

static void print_inject(FILE *out)
{
	struct arena arena = {0};

	fputs("\t\tcase ${COMP_WORDS[2]} in\n", out);
	for (size_t i = 0; fault_kinds[i] != NULL; i++) {
		fprintf(out, "\t\t%s)\n", fault_kinds[i]->name);
		print_table(inject_options(fault_kinds[i], &arena), "\t\t\t", out);
		fputs("\t\t\t;;\n", out);
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
		print_table(command->options, "\t\t", out);
	switch (completion_arguments(command)) {
	case COMPLETE_FILES:
		fputs("\t\tfiles=yes\n", out);
		break;
	case COMPLETE_KINDS:
		fputs("\t\t[ \"$COMP_CWORD\" -eq 2 ] && words='", out);
		print_kinds(out);
		fputs("'\n", out);
		break;
	case COMPLETE_PROBES:
		fputs("\t\t[ \"$COMP_CWORD\" -eq 2 ] && words='", out);
		print_probes(out);
		fputs("'\n", out);
		break;
	case COMPLETE_WORDS:
		fputs("\t\twords='", out);
		completion_print_words(command->arguments, out);
		fputs("'\n", out);
		break;
	case COMPLETE_NOTHING:
		break;
	}
	fputs("\t\t;;\n", out);
}

void completion_bash(FILE *out)
{
	fputs("# bash completion of perturb; made by 'perturb completion bash'\n"
	      "_perturb() {\n"
	      "\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tlocal words='' options='' values='' files=''\n"
	      "\tCOMPREPLY=()\n"
	      "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W '",
		out);
	for (const struct command *const *command = commands; *command != NULL; command++)
		fprintf(out, "%s ", (*command)->name);
	fputs("--help --version' -- \"$current\")\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tcase ${COMP_WORDS[1]} in\n",
		out);
	for (const struct command *const *command = commands; *command != NULL; command++)
		print_verb(*command, out);
	fputs("\tesac\n"
	      "\tcase $values in\n"
	      "\t'') ;;\n"
	      "\t-) return ;;\n"
	      "\t/)\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$current\")\n"
	      "\t\treturn\n"
	      "\t\t;;\n"
	      "\t*)\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$current\")\n"
	      "\t\treturn\n"
	      "\t\t;;\n"
	      "\tesac\n"
	      "\tif [[ $current == -* ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n"
	      "\telif [ -n \"$files\" ]; then\n"
	      "\t\tcompopt -o filenames 2>/dev/null\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -f -X '!*.y?(a)ml' -- \"$current\"\n"
	      "\t\t\tcompgen -d -- \"$current\")\n"
	      "\telse\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
	      "\tfi\n"
	      "}\n"
	      "complete -F _perturb perturb\n",
		out);
}
