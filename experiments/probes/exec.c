/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec - a program is started, and its exit status and standard output are looked at.
 *
 * It runs with the rights of the user, under sudo with those of who called it, never with
 * capabilities, and no program that it starts can get more (no_new_privs). It is started without a
 * shell, its standard error goes nowhere, and whatever it leaves behind is ended with it.
 */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "experiments/probes/exec_probe.h"
#include "experiments/probes/exec_process.h"
#include "experiments/probes/prober.h"
#include "reports/mem.h"

struct exec_state {
	struct arena arena;
	struct exec_program program;
	struct exec_processes processes;
	struct text_match *match;
};

struct exec_request {
	struct exchange exchange;
	struct exec_watcher watcher;
	struct exec_process *process;
};

/* Where a shell would look for it. */
static char *const *find_files(struct arena *arena, const char *name)
{
	const char *path = getenv("PATH");
	char **files = NULL;
	size_t count = 0;

	if (strchr(name, '/') != NULL || path == NULL) {
		files = arena_alloc(arena, 2 * sizeof(*files));
		files[0] = arena_strdup(arena, name);
		return files;
	}
	for (;;) {
		const size_t length = strcspn(path, ":");

		files = arena_grow(arena, files, count, sizeof(*files));
		files[count++] = length == 0
					 ? arena_printf(arena, "./%s", name)
					 : arena_printf(arena, "%.*s/%s", (int)length, path, name);
		if (path[length] == '\0')
			break;
		path += length + 1;
	}
	/* The NULL at its end. */
	return arena_grow(arena, files, count, sizeof(*files));
}

struct variables_list {
	struct arena *arena;
	char **items;
	size_t count;
};

/* Sets NAME=VALUE, in place of one of that name. */
static void set_variable(struct variables_list *list, char *variable)
{
	const size_t length = strcspn(variable, "=");

	for (size_t i = 0; i < list->count; i++) {
		if (strncmp(list->items[i], variable, length) == 0 &&
			list->items[i][length] == '=') {
			list->items[i] = variable;
			return;
		}
	}
	list->items = arena_grow(list->arena, list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = variable;
}

/* Whose home is not root's any more. */
static void set_user(struct variables_list *list)
{
	const struct passwd *user;
	uid_t uid;

	if (getresuid(&uid, &uid, &uid) < 0 || uid == getuid())
		return;
	user = getpwuid(uid);
	if (user == NULL)
		return;
	set_variable(list, arena_printf(list->arena, "HOME=%s", user->pw_dir));
	set_variable(list, arena_printf(list->arena, "USER=%s", user->pw_name));
	set_variable(list, arena_printf(list->arena, "LOGNAME=%s", user->pw_name));
}

static char *const *make_environment(struct arena *arena, const struct exec_probe *probe)
{
	struct variables_list list = {.arena = arena};

	for (char **variable = environ; *variable != NULL; variable++) {
		list.items = arena_grow(arena, list.items, list.count, sizeof(*list.items));
		list.items[list.count++] = *variable;
	}
	set_user(&list);
	for (size_t i = 0; i < probe->env_count; i++)
		set_variable(&list, probe->env[i]);
	return arena_grow(arena, list.items, list.count, sizeof(*list.items));
}

static int exec_open(struct prober *prober, struct err *err)
{
	const struct exec_probe *probe = (const struct exec_probe *)prober->probe->settings;
	struct exec_state *state = xcalloc(1, sizeof(*state));

	prober->state = state;
	state->processes.loop = prober->services->loop;
	state->program = (struct exec_program){
		.files = find_files(&state->arena, probe->command[0]),
		.arguments = probe->command,
		.environment = make_environment(&state->arena, probe),
		.directory = probe->directory,
	};
	return text_match_new(&probe->output, &state->match, err);
}

static void exec_close(struct prober *prober)
{
	struct exec_state *state = prober->state;

	exec_processes_end(&state->processes);
	text_match_free(state->match);
	arena_release(&state->arena);
	free(state);
}

static void began(struct exec_watcher *watcher)
{
	struct exec_request *request = CONTAINER_OF(watcher, struct exec_request, watcher);

	request->exchange.answer.first_byte_ns = exchange_elapsed(&request->exchange);
}

static enum outcome judge(const struct exec_request *request, const struct exec_report *report,
	const char *output, size_t length)
{
	const struct exec_probe *probe = exchange_settings(&request->exchange);
	const struct exec_state *state = exchange_state(&request->exchange);

	if (report == NULL)
		return length > EXEC_OUTPUT_MAX ? OUTCOME_TOO_LARGE : OUTCOME_OTHER;
	if (report->end == EXEC_NOT_STARTED)
		return OUTCOME_EXEC;
	if (report->end == EXEC_KILLED || report->status < 0 || report->status > EXIT_STATUS_MAX ||
		!probe->statuses[report->status])
		return OUTCOME_STATUS;
	return text_match_judge(state->match, output, length);
}

static void ended(struct exec_watcher *watcher, const struct exec_report *report,
	const char *output, size_t length)
{
	struct exec_request *request = CONTAINER_OF(watcher, struct exec_request, watcher);
	struct probe_answer *answer = &request->exchange.answer;
	const int64_t now = report != NULL ? report->ended_ns : clock_now();

	request->process = NULL;
	answer->has_value =
		length <= EXEC_OUTPUT_MAX && text_number(output, length, &answer->value);
	exchange_end_at(&request->exchange, judge(request, report, output, length), now);
}

static bool exec_start(struct exchange *exchange)
{
	struct exec_request *request = (struct exec_request *)exchange;
	struct exec_state *state = exchange_state(exchange);

	request->watcher = (struct exec_watcher){.began = began, .ended = ended};
	request->process =
		exec_process_start(&state->processes, &state->program, &request->watcher);
	return request->process != NULL;
}

static void exec_stop(struct exchange *exchange)
{
	struct exec_request *request = (struct exec_request *)exchange;

	if (request->process != NULL)
		exec_process_stop(steal_pointer(&request->process));
}

const struct probe_kind probe_exec = {
	.name = "exec",
	.summary = "a program: its exit status, and what it writes",
	.example = "{ command: [/usr/bin/test, -d, /tmp], timeout: 2s, status: 0 }",
	.keys = exec_keys,
	.scalar = "command",
	.list = true,
	.settings_size = sizeof(struct exec_probe),
	.defaults = exec_defaults,
	.open = exec_open,
	.close = exec_close,
	.exchange_size = sizeof(struct exec_request),
	.start = exec_start,
	.stop = exec_stop,
};
