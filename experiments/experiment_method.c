/* SPDX-License-Identifier: Apache-2.0 */
/* method: which faults, on what, when and for how long; limits: how far that may go. */
#include <string.h>

#include "experiments/nearest.h"
#include "experiments/params.h"
#include "experiments/quote.h"
#include "experiments/units.h"
#include "reports/report.h"

#define STEP_MAX_NS (24 * 3600 * 1000000000LL)

/* Keys of a step beside its kind. */
static const char *const step_keys[] = {"at", "for", "pick", NULL};

/* Keys of a kind's mapping beside its own. */
static const char *const process_keys[] = {"target", NULL};
static const char *const network_keys[] = {
	"target", "interface", "direction", "to", "from", "ports", "protocol", NULL};

static bool is_step_key(const char *key)
{
	for (const char *const *known = step_keys; *known != NULL; known++)
		if (strcmp(*known, key) == 0)
			return true;
	return false;
}

static void unknown_kind(struct reader *reader, const struct node *key)
{
	struct nearest nearest = nearest_begin(key->text, strlen(key->text));

	for (size_t i = 0; fault_kinds[i] != NULL; i++)
		nearest_offer(&nearest, fault_kinds[i]->name);
	for (const char *const *known = step_keys; *known != NULL; known++)
		nearest_offer(&nearest, *known);
	if (nearest.best != NULL)
		reader_error(reader, key, "unknown fault kind '%s' (did you mean '%s'?)",
			quote(key->text).text, nearest.best);
	else
		reader_error(reader, key, "unknown fault kind '%s'; 'perturb faults' lists them",
			quote(key->text).text);
}

/* The one key of a step that names a kind; NULL after noting what is wrong. */
static const struct node_entry *find_kind(
	struct reader *reader, const struct node *step, const struct fault_kind **ret_kind)
{
	const struct node_entry *found = NULL;
	bool mistaken = false;

	for (size_t i = 0; i < step->count; i++) {
		const struct node_entry *entry = &step->entries[i];
		const struct fault_kind *kind;

		if (is_step_key(entry->key->text))
			continue;
		kind = fault_kind_find(entry->key->text);
		if (kind == NULL) {
			unknown_kind(reader, entry->key);
			mistaken = true;
		} else if (found != NULL) {
			reader_error(reader, entry->key,
				"a step has one fault: make '%s' a step of its own",
				entry->key->text);
		} else {
			found = entry;
			*ret_kind = kind;
		}
	}
	if (found == NULL && !mistaken)
		reader_error(reader, step,
			"a step needs a fault, e.g. latency: { target: NAME, "
			"delay: 200ms }");
	return found;
}

static void read_target(
	struct reader *reader, const struct node *node, const char *name, struct fault *fault)
{
	long index = name == NULL ? -1 : experiment_find_target(reader, node, name);

	if (index >= 0)
		fault->target = (size_t)index;
}

static void read_shared_network(
	struct reader *reader, const struct node *mapping, struct fault *fault)
{
	static const char *const later[] = {"to", "from", "ports", "protocol"};
	const char *interface = NULL;
	const char *direction = "egress";

	for (size_t i = 0; i < ARRAY_SIZE(later); i++)
		if (node_find(mapping, later[i]) != NULL)
			reader_error(reader, node_find(mapping, later[i]),
				"%s is not supported by this version: a fault applies to all "
				"traffic of an interface",
				later[i]);
	if (reader_get_text(reader, mapping, "direction", &direction) &&
		strcmp(direction, "egress") != 0)
		reader_error(reader, node_find(mapping, "direction"),
			"direction: this version supports egress only, not '%s'",
			quote(direction).text);
	if (!reader_get_text(reader, mapping, "interface", &interface) || interface == NULL)
		return;
	if (interface[0] == '\0' || strlen(interface) >= sizeof(fault->params.interface)) {
		reader_error(reader, node_find(mapping, "interface"),
			"interface: '%s' is no name of an interface", quote(interface).text);
		return;
	}
	memcpy(fault->params.interface, interface, strlen(interface) + 1);
	fault->parameters = arena_grow(reader->arena, fault->parameters, fault->parameter_count,
		sizeof(*fault->parameters));
	fault->parameters[fault->parameter_count++] = (struct report_pair){"interface", interface};
}

static void read_kind(struct reader *reader, const struct node *node, struct fault *fault)
{
	const char *target = NULL;

	/* "kill: users" */
	if (node->type == NODE_SCALAR && fault->kind->fields[0].name == NULL) {
		read_target(reader, node, reader_text(reader, node, fault->kind->name), fault);
		return;
	}
	if (node->type == NODE_SCALAR && fault->kind->instant) {
		struct err err = {0};

		read_target(reader, node, reader_text(reader, node, fault->kind->name), fault);
		if (fault->kind->validate(&fault->params, &err) < 0)
			reader_wrong(reader, node, fault->kind->name, &err);
		return;
	}
	if (!reader_mapping(reader, node, fault->kind->name))
		return;
	if (reader_get_text(reader, node, "target", &target))
		read_target(reader, node_find(node, "target"), target, fault);
	else
		reader_error(reader, node, "target is missing: one of those under targets");
	if (fault->kind->network)
		read_shared_network(reader, node, fault);
	params_read(reader, node, fault->kind->network ? network_keys : process_keys, fault);
}

static void check_length(
	struct reader *reader, const struct node *node, const char *key, int64_t value)
{
	if (value > STEP_MAX_NS)
		reader_error(reader, node, "%s: must be at most 24h", key);
}

static void read_times(struct reader *reader, const struct node *step, struct fault *fault)
{
	bool given = reader_get_duration(reader, step, "for", &fault->duration_ns);

	if (reader_get_duration(reader, step, "at", &fault->at_ns))
		check_length(reader, node_find(step, "at"), "at", fault->at_ns);
	if (given)
		check_length(reader, node_find(step, "for"), "for", fault->duration_ns);
	if (fault->kind->instant)
		return; /* "for" is then how long to watch what the fault did */
	if (!given)
		reader_error(reader, step, "for is missing: how long, e.g. 'for: 10s'");
	else if (fault->duration_ns < 1000000)
		reader_error(reader, node_find(step, "for"), "for: must be at least 1ms");
}

static void read_step(struct reader *reader, const struct node *step)
{
	struct experiment *experiment = reader->experiment;
	const struct fault_kind *kind = NULL;
	const struct node_entry *entry;
	struct fault fault;

	memset(&fault, 0, sizeof(fault));
	if (!reader_mapping(reader, step, "a step"))
		return;
	entry = find_kind(reader, step, &kind);
	if (entry == NULL)
		return;
	fault.kind = kind;
	fault.loc = entry->key->loc;
	read_kind(reader, entry->value, &fault);
	read_times(reader, step, &fault);
	experiment_read_pick(reader, step, &fault.pick);
	if (experiment->limits.max_duration_ns != 0 &&
		fault.at_ns + fault.duration_ns > experiment->limits.max_duration_ns)
		reader_error(reader, step, "it would end later than limits.max_duration allows");
	experiment->faults = arena_grow(reader->arena, experiment->faults, experiment->fault_count,
		sizeof(*experiment->faults));
	experiment->faults[experiment->fault_count++] = fault;
}

void experiment_read_method(struct reader *reader, const struct node *node)
{
	if (node->type != NODE_LIST) {
		reader_error(reader, node, "method must be a list of steps, not %s",
			node_type_name(node));
		return;
	}
	if (node->count == 0)
		reader_error(reader, node, "method: the list is empty");
	for (size_t i = 0; i < node->count; i++)
		read_step(reader, node->entries[i].value);
}

void experiment_read_limits(struct reader *reader, const struct node *node)
{
	static const char *const known[] = {"max_instances", "max_percent", "max_duration", NULL};
	struct limits *limits = &reader->experiment->limits;
	const char *text = NULL;
	struct err err = {0};

	if (!reader_mapping(reader, node, "limits"))
		return;
	reader_known_keys(reader, node, known);
	if (reader_get_text(reader, node, "max_instances", &text) && text != NULL) {
		if (count_parse(text, &limits->max_instances, &err) < 0)
			reader_wrong(
				reader, node_find(node, "max_instances"), "max_instances", &err);
		else if (limits->max_instances == 0)
			reader_error(reader, node_find(node, "max_instances"),
				"max_instances: must be at least 1");
	}
	text = NULL;
	if (reader_get_text(reader, node, "max_percent", &text) && text != NULL) {
		/* "50%" as everywhere, and the bare number of the documented example. */
		const char *last = text + strlen(text);
		const char *with_unit = last != text && last[-1] == '%'
						? text
						: arena_printf(reader->arena, "%s%%", text);

		if (percent_parse(with_unit, &limits->max_percent, &err) < 0)
			reader_wrong(reader, node_find(node, "max_percent"), "max_percent", &err);
	}
	if (reader_get_duration(reader, node, "max_duration", &limits->max_duration_ns) &&
		limits->max_duration_ns == 0)
		reader_error(reader, node_find(node, "max_duration"),
			"max_duration: must be more than 0");
}
