/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/experiment.h"

#include <errno.h>
#include <fcntl.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "experiments/quote.h"
#include "experiments/reader.h"

#define BASELINE_DEFAULT_NS 5000000000LL
#define RECOVERY_DEFAULT_NS 10000000000LL

static const char *const known_keys[] = {"version", "title", "tags", "variables", "targets",
	"steady_state", "baseline", "method", "recovery", "abort_when", "limits", NULL};

static void read_version(struct reader *reader, const struct node *root)
{
	const struct node *node = node_find(root, "version");
	const char *text;

	if (node == NULL) {
		reader_error(reader, root, "version is missing: write 'version: 1'");
		return;
	}
	text = reader_text(reader, node, "version");
	if (text != NULL && strcmp(text, "1") != 0)
		reader_error(reader, node, "version must be 1, not '%s'", quote(text).text);
}

static void read_title(struct reader *reader, const struct node *root)
{
	struct experiment *experiment = reader->experiment;

	experiment->title = "";
	if (!reader_get_text(reader, root, "title", &experiment->title))
		reader_error(reader, root,
			"title is missing: one sentence that says what should "
			"hold");
	else if (experiment->title[0] == '\0')
		reader_error(reader, node_find(root, "title"), "title must not be empty");
	experiment->title = experiment_redact(experiment, reader->arena, experiment->title);
}

static void read_phases(struct reader *reader, const struct node *root)
{
	struct experiment *experiment = reader->experiment;
	bool measured = node_find(root, "steady_state") != NULL;

	experiment->baseline_ns = measured ? BASELINE_DEFAULT_NS : 0;
	experiment->recovery_ns = measured ? RECOVERY_DEFAULT_NS : 0;
	reader_get_duration(reader, root, "baseline", &experiment->baseline_ns);
	reader_get_duration(reader, root, "recovery", &experiment->recovery_ns);
}

static void read_part(struct reader *reader, const struct node *root, const char *key,
	void (*read)(struct reader *reader, const struct node *node))
{
	const struct node *node = node_find(root, key);

	if (node != NULL)
		read(reader, node);
}

static void read_root(struct reader *reader, const struct node *root,
	const struct setting *settings, size_t setting_count)
{
	struct experiment *experiment = reader->experiment;
	const struct node *tags = node_find(root, "tags");

	reader_known_keys(reader, root, known_keys);
	/* First, because every other value may use them. */
	variables_read(reader, node_find(root, "variables"), settings, setting_count);
	read_version(reader, root);
	read_title(reader, root);
	if (tags != NULL)
		reader_get_texts(
			reader, tags, "tags", NULL, &experiment->tags, &experiment->tag_count);
	read_phases(reader, root);
	read_part(reader, root, "targets", experiment_read_targets);
	read_part(reader, root, "steady_state", experiment_read_probes);
	read_part(reader, root, "limits", experiment_read_limits);
	read_part(reader, root, "method", experiment_read_method);
	read_part(reader, root, "abort_when", experiment_read_guards);
	if (node_find(root, "method") == NULL && node_find(root, "steady_state") == NULL)
		reader_error(reader, root,
			"there is nothing to do: neither method nor "
			"steady_state is given");
}

int experiment_parse(const char *file, const char *text, size_t length,
	const struct setting *settings, size_t setting_count, struct experiment *ret_experiment,
	struct err_list *errors)
{
	struct experiment experiment = {.file = file};
	struct reader reader = {
		.arena = &experiment.arena, .errors = errors, .experiment = &experiment};
	const struct node *root;

	SHA256Data((const uint8_t *)text, length, experiment.sha256);
	experiment.file = arena_strdup(&experiment.arena, file);
	if (document_parse(&experiment.arena, file, text, length, &root, errors) < 0)
		; /* the list says why */
	else if (root->type != NODE_MAPPING)
		reader_error(
			&reader, root, "an experiment is a mapping, not %s", node_type_name(root));
	else
		read_root(&reader, root, settings, setting_count);
	if (errors->total != 0) {
		experiment_release(&experiment);
		return -1;
	}
	*ret_experiment = experiment;
	return 0;
}

static char *read_file(const char *path, size_t *ret_length, struct err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	cleanup_free char *text = NULL;
	struct stat status;
	size_t used = 0;

	if (fd < 0 || fstat(fd, &status) < 0) {
		err_set(err, ERR_USAGE, errno, "cannot read it");
		return NULL;
	}
	if (S_ISDIR(status.st_mode)) {
		err_set(err, ERR_USAGE, EISDIR, "cannot read it");
		return NULL;
	}
	/* One byte more than is allowed, so that the excess is seen; also of a device or pipe. */
	text = xcalloc(1, DOCUMENT_SIZE_MAX + 2);
	while (used <= DOCUMENT_SIZE_MAX) {
		ssize_t got = read(fd, text + used, DOCUMENT_SIZE_MAX + 1 - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			err_set(err, ERR_USAGE, errno, "cannot read it");
			return NULL;
		}
		if (got == 0)
			break;
		used += (size_t)got;
	}
	*ret_length = used;
	return steal_pointer(&text);
}

int experiment_read(const char *path, const struct setting *settings, size_t setting_count,
	struct experiment *ret_experiment, struct err_list *errors)
{
	struct err err = {0};
	size_t length;
	cleanup_free char *text = read_file(path, &length, &err);
	struct loc loc = {path, 0, 0};

	if (text == NULL) {
		err_list_add(errors, loc, "%s", err.message);
		return -1;
	}
	return experiment_parse(
		path, text, length, settings, setting_count, ret_experiment, errors);
}

void experiment_release(struct experiment *experiment)
{
	arena_release(&experiment->arena);
	memset(experiment, 0, sizeof(*experiment));
}
