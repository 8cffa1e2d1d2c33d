/* SPDX-License-Identifier: Apache-2.0 */
/* A container engine that answers anything: its answers are read, and matched by selectors. */
#include <stddef.h>
#include <stdint.h>

#include "experiments/targets/container_match.h"
#include "experiments/targets/docker_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct label_selector labels[] = {{"tier", "b*"}};
static const struct selector by_id = {.id = "8dfa"};
static const struct selector by_image = {.image = "nginx"};
static const struct selector by_expression = {.image = "/^ngin[xz]/"};
static const struct selector by_service = {.service = "users"};
static const struct selector by_label = {.labels = labels, .label_count = 1};
static const struct selector *const selectors[] = {
	&by_id, &by_image, &by_expression, &by_service, &by_label};

static void match(const struct container *container)
{
	(void)container_is_named(container, "users*");
	for (size_t i = 0; i < ARRAY_SIZE(selectors); i++) {
		(void)container_matches(selectors[i], container);
		(void)container_near_value(selectors[i], NULL, container);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct container_list list = {0};
	struct arena arena = {0};
	struct container_condition condition;
	struct err err = {0};
	pid_t pid = 0;

	if (docker_parse_list(&arena, text, size, &list, &err) == 0)
		for (size_t i = 0; i < list.count; i++)
			match(&list.items[i]);
	(void)docker_parse_pid(text, size, &pid, &err);
	(void)docker_parse_condition(text, size, &condition, &err);
	(void)docker_parse_message(&arena, text, size);
	arena_release(&arena);
	return 0;
}
