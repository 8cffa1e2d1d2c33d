/* SPDX-License-Identifier: Apache-2.0 */
/* "container" of a probe: which one, and how it must be. */
#include <string.h>

#include "experiments/probes/container_probe.h"
#include "reports/mem.h"

#define NAME_EXPECTED "the name of a container, or the beginning of its id"
#define NAME_MAX_SIZE 255

static const char *const runtimes[] = {"docker", "podman", NULL};
static const char *const states[] = {
	"running", "paused", "restarting", "exited", "created", "removing", "dead", NULL};
static const char *const healths[] = {"healthy", "starting", "unhealthy", NULL};

/* What Docker lets a name be (names.RestrictedNameChars), which Podman follows: so it can stand in
 * a URL. */
static bool is_container_name(const char *text)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	const size_t length = strlen(text);

	return length > 0 && length <= NAME_MAX_SIZE && strspn(text, letters) == length &&
	       strchr("_.-", text[0]) == NULL;
}

static void read_name(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	const char **ret_name = ret_value;
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, NAME_EXPECTED, &scalar))
		return;
	if (!is_container_name(scalar.text))
		err_list_add(decode->errors, node->loc, "%s: expected " NAME_EXPECTED ", not '%s'",
			name, scalar_shown(&scalar).text);
	*ret_name = scalar.text;
}

/* One of the words, which are in a message as expected says. */
static void read_word(struct decode *decode, const struct node *node, const char *name,
	const char *const *words, const char *expected, const char **ret_word)
{
	struct scalar scalar;

	if (!decode_scalar(decode, node, name, expected, &scalar))
		return;
	*ret_word = scalar.text;
	for (; *words != NULL; words++)
		if (strcmp(*words, scalar.text) == 0)
			return;
	err_list_add(decode->errors, node->loc, "%s: expected %s, not '%s'", name, expected,
		scalar_shown(&scalar).text);
}

static void read_runtime(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	read_word(decode, node, name, runtimes, "docker or podman", ret_value);
}

static void read_state(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	read_word(decode, node, name, states,
		"running, paused, restarting, exited, created, removing or dead", ret_value);
}

static void read_health(
	struct decode *decode, const struct node *node, const char *name, void *ret_value)
{
	read_word(decode, node, name, healths, "healthy, starting or unhealthy", ret_value);
}

#define KEY(name, read, field, required)                                                           \
	{                                                                                          \
		name, read, offsetof(struct container_probe, field), required                      \
	}

const struct probe_key container_keys[] = {
	{KEY("name", read_name, name, true), "container_name", NULL,
		"the container's name, or the beginning of its id"},
	PROBE_KEY_TIMEOUT,
	{KEY("runtime", read_runtime, runtime, false), "runtime", "the one that has it",
		"the engine: docker or podman"},
	{KEY("state", read_state, state, false), "container_state", "running",
		"the state that is right"},
	{KEY("health", read_health, health, false), "container_health", NULL,
		"what its health check must say while it runs, if it has one; by default not "
		"unhealthy"},
	{KEY("restarts", number_range_read, restarts, false), "conditions", NULL,
		"how often it may have been started again since the first answer, such as <= 0"},
	PROBE_KEYS_END,
};

void container_defaults(void *settings)
{
	struct container_probe *probe = settings;

	probe->state = "running";
}

/* What was last said of the health of a container that is at rest is said no more. */
static bool health_is_right(
	const struct container_probe *probe, const struct container_condition *condition)
{
	const char *health = condition->health;

	if (health[0] == '\0' || strcmp(condition->state, "running") != 0)
		return true;
	if (probe->health == NULL)
		return strcmp(health, "unhealthy") != 0;
	return strcmp(health, probe->health) == 0;
}

enum outcome container_judge(const struct container_probe *probe,
	const struct container_condition *condition, bool frozen, uint64_t restarts)
{
	const bool running = strcmp(condition->state, "running") == 0;
	const char *state = running && frozen ? "paused" : condition->state;

	return strcmp(state, probe->state) == 0 && health_is_right(probe, condition) &&
			       number_range_holds(&probe->restarts, (double)restarts)
		       ? OUTCOME_OK
		       : OUTCOME_STATE;
}
