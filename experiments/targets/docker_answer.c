/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/targets/docker_answer.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The largest pid that Linux can give (PID_MAX_LIMIT). */
#define PID_LIMIT 4194304

static const char *copy_text(struct arena *arena, const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsString(item) ? arena_strdup(arena, item->valuestring) : "";
}

/* The first of "Names" is the container's own; others are links of old networks. */
static const char *copy_name(struct arena *arena, const cJSON *object)
{
	const cJSON *name =
		cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(object, "Names"), 0);

	if (!cJSON_IsString(name))
		return "";
	return arena_strdup(arena, name->valuestring + (name->valuestring[0] == '/'));
}

static void copy_labels(struct arena *arena, const cJSON *object, struct container *container)
{
	const cJSON *labels = cJSON_GetObjectItemCaseSensitive(object, "Labels");
	const cJSON *label;

	if (!cJSON_IsObject(labels))
		return;
	cJSON_ArrayForEach (label, labels) {
		if (!cJSON_IsString(label) || label->string == NULL)
			continue;
		container->labels = arena_grow(arena, container->labels, container->label_count,
			sizeof(*container->labels));
		container->labels[container->label_count++] =
			(struct container_label){arena_strdup(arena, label->string),
				arena_strdup(arena, label->valuestring)};
	}
}

static int not_understood(struct err *err)
{
	return err_set(err, ERR_SYSTEM, 0, "the container engine's answer is not understood");
}

int docker_parse_list(struct arena *arena, const char *text, size_t length,
	struct container_list *ret_list, struct err *err)
{
	cJSON *root = cJSON_ParseWithLength(text, length);
	struct container_list list = {0};
	const cJSON *object;

	if (!cJSON_IsArray(root)) {
		cJSON_Delete(root);
		return not_understood(err);
	}
	cJSON_ArrayForEach (object, root) {
		struct container *container;
		const char *id = copy_text(arena, object, "Id");

		if (id[0] == '\0')
			continue;
		list.items = arena_grow(arena, list.items, list.count, sizeof(*list.items));
		container = &list.items[list.count++];
		container->id = id;
		container->name = copy_name(arena, object);
		container->image = copy_text(arena, object, "Image");
		container->state = copy_text(arena, object, "State");
		copy_labels(arena, object, container);
	}
	cJSON_Delete(root);
	*ret_list = list;
	return 0;
}

static void copy_short(char *ret_text, size_t size, const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	(void)snprintf(ret_text, size, "%s", cJSON_IsString(item) ? item->valuestring : "");
}

/* False: it is no whole number in range. */
static bool copy_number(const cJSON *object, const char *key, int most, int *ret_number)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > most ||
		item->valuedouble != (double)item->valueint)
		return false;
	*ret_number = item->valueint;
	return true;
}

static bool take_condition(const cJSON *root, struct container_condition *ret_condition)
{
	const cJSON *state = cJSON_GetObjectItemCaseSensitive(root, "State");
	const cJSON *health = cJSON_GetObjectItemCaseSensitive(state, "Health");
	int restarts = 0;
	int pid = 0;

	copy_short(ret_condition->id, sizeof(ret_condition->id), root, "Id");
	copy_short(ret_condition->state, sizeof(ret_condition->state), state, "Status");
	copy_short(ret_condition->started, sizeof(ret_condition->started), state, "StartedAt");
	copy_short(ret_condition->health, sizeof(ret_condition->health), health, "Status");
	/* What both engines say where there is no check. */
	if (strcmp(ret_condition->health, "none") == 0)
		ret_condition->health[0] = '\0';
	/* Podman leaves out what is zero. */
	if ((cJSON_HasObjectItem(root, "RestartCount") &&
		    !copy_number(root, "RestartCount", INT32_MAX, &restarts)) ||
		(cJSON_HasObjectItem(state, "Pid") && !copy_number(state, "Pid", PID_LIMIT, &pid)))
		return false;
	ret_condition->restarts = (uint32_t)restarts;
	ret_condition->pid = (pid_t)pid;
	return ret_condition->id[0] != '\0' && ret_condition->state[0] != '\0';
}

int docker_parse_condition(
	const char *text, size_t length, struct container_condition *ret_condition, struct err *err)
{
	cJSON *root = cJSON_ParseWithLength(text, length);
	struct container_condition condition = {0};
	const bool understood = take_condition(root, &condition);

	cJSON_Delete(root);
	if (!understood)
		return not_understood(err);
	*ret_condition = condition;
	return 0;
}

int docker_parse_pid(const char *text, size_t length, pid_t *ret_pid, struct err *err)
{
	cJSON *root = cJSON_ParseWithLength(text, length);
	const cJSON *state = cJSON_GetObjectItemCaseSensitive(root, "State");
	const cJSON *pid = cJSON_GetObjectItemCaseSensitive(state, "Pid");
	int result = 0;

	if (!cJSON_IsNumber(pid) || pid->valuedouble < 0 || pid->valuedouble > PID_LIMIT ||
		pid->valuedouble != (double)pid->valueint)
		result = not_understood(err);
	else
		*ret_pid = (pid_t)pid->valueint;
	cJSON_Delete(root);
	return result;
}

const char *docker_parse_message(struct arena *arena, const char *text, size_t length)
{
	cJSON *root = cJSON_ParseWithLength(text, length);
	const cJSON *message = cJSON_GetObjectItemCaseSensitive(root, "message");
	const char *copy = NULL;

	if (cJSON_IsString(message))
		copy = arena_strdup(arena, message->valuestring);
	cJSON_Delete(root);
	return copy;
}

const char *container_label(const struct container *container, const char *key)
{
	for (size_t i = 0; i < container->label_count; i++)
		if (strcmp(container->labels[i].key, key) == 0)
			return container->labels[i].value;
	return NULL;
}
