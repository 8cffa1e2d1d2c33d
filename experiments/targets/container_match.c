/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/targets/container_match.h"

#include <string.h>

#include "faults/pattern.h"

#define ID_DIGITS "0123456789abcdef"

/* The fewest digits of an id that select by it, and the fewest that are taken for one where a name
 * is expected. */
#define ID_LEAST       4
#define ID_LEAST_NAMED 12

bool container_id_prefix(const char *text)
{
	size_t length = strlen(text);

	return length >= ID_LEAST && strspn(text, ID_DIGITS) == length;
}

static bool has_id(const struct container *container, const char *prefix)
{
	return strncmp(container->id, prefix, strlen(prefix)) == 0;
}

bool container_is_named(const struct container *container, const char *pattern)
{
	if (pattern_match(pattern, container->name))
		return true;
	return container_id_prefix(pattern) && strlen(pattern) >= ID_LEAST_NAMED &&
	       has_id(container, pattern);
}

static bool matches_id(const char *pattern, const struct container *container)
{
	if (pattern == NULL)
		return true;
	if (container_id_prefix(pattern))
		return has_id(container, pattern);
	return pattern_match(pattern, container->id);
}

/* Cuts the digest and the tag off an image's name. A colon before a slash is that of a port. */
static void cut_tag(char *name)
{
	char *at = strchr(name, '@');
	char *colon;

	if (at != NULL)
		*at = '\0';
	colon = strrchr(name, ':');
	if (colon != NULL && strchr(colon, '/') == NULL)
		*colon = '\0';
}

/* The end of the path is enough, and so is the name without its tag: "nginx" and "library/nginx"
 * also mean docker.io/library/nginx:1.25. */
static bool matches_image(const char *pattern, const struct container *container)
{
	cleanup_free char *untagged = NULL;
	const char *tail = container->image;

	if (pattern == NULL)
		return true;
	untagged = xstrdup(container->image);
	cut_tag(untagged);
	while (tail != NULL) {
		size_t offset = (size_t)(tail - container->image);

		if (pattern_match(pattern, tail) ||
			(offset < strlen(untagged) && pattern_match(pattern, untagged + offset)))
			return true;
		tail = strchr(tail, '/');
		tail = tail != NULL ? tail + 1 : NULL;
	}
	return false;
}

/* Podman's own tool writes labels of its own; some versions write Compose's as well. */
static const char *compose_service(const struct container *container)
{
	const char *value = container_label(container, "com.docker.compose.service");

	return value != NULL ? value : container_label(container, "io.podman.compose.service");
}

static const char *compose_project(const struct container *container)
{
	const char *value = container_label(container, "com.docker.compose.project");

	return value != NULL ? value : container_label(container, "io.podman.compose.project");
}

static bool matches_value(const char *pattern, const char *value)
{
	return pattern == NULL || (value != NULL && pattern_match(pattern, value));
}

static bool matches_labels(const struct selector *selector, const struct container *container)
{
	for (size_t i = 0; i < selector->label_count; i++) {
		const char *value = container_label(container, selector->labels[i].key);

		if (value == NULL || !matches_value(selector->labels[i].value, value))
			return false;
	}
	return true;
}

bool container_matches(const struct selector *selector, const struct container *container)
{
	return matches_id(selector->id, container) && matches_image(selector->image, container) &&
	       matches_value(selector->service, compose_service(container)) &&
	       matches_value(selector->project, compose_project(container)) &&
	       matches_labels(selector, container);
}

bool container_succeeds(const struct selector *selector, const char *id, const char *name,
	const struct container *container)
{
	if (strcmp(container->id, id) == 0)
		return true;
	if (strcmp(container->name, name) != 0 || !container_matches(selector, container))
		return false;
	for (size_t i = 0; i < selector->name_count; i++)
		if (container_is_named(container, selector->names[i]))
			return true;
	return selector->name_count == 0;
}

static const char *also(struct arena *arena, const char *text, const char *what, const char *value)
{
	if (value == NULL)
		return text;
	return arena_printf(arena, "%s%s%s '%s'", text, *text != '\0' ? " and " : "", what, value);
}

const char *container_wanted(struct arena *arena, const struct selector *selector, const char *name)
{
	const char *text = "";

	text = also(arena, text, "name", name);
	text = also(arena, text, "id", selector->id);
	text = also(arena, text, "image", selector->image);
	text = also(arena, text, "Compose service", selector->service);
	text = also(arena, text, "Compose project", selector->project);
	for (size_t i = 0; i < selector->label_count; i++) {
		const struct label_selector *label = &selector->labels[i];

		text = also(arena, text, "label",
			label->value == NULL
				? label->key
				: arena_printf(arena, "%s=%s", label->key, label->value));
	}
	return text;
}

const char *container_near_wanted(const struct selector *selector, const char *name)
{
	if (name != NULL)
		return name;
	if (selector->service != NULL)
		return selector->service;
	return selector->image != NULL ? selector->image : "";
}

const char *container_near_value(
	const struct selector *selector, const char *name, const struct container *container)
{
	if (name != NULL)
		return container->name;
	if (selector->service != NULL)
		return compose_service(container);
	return selector->image != NULL ? container->image : NULL;
}
