/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/fault_tables.h"

#include "experiments/distribution_file.h"

struct reading {
	struct decode *decode;
	const struct fault_kind *kind;
	struct experiment *experiment;
};

/* Where the table is written: in its group, or directly. */
static struct loc loc_of_table(const struct node *node, const char *group)
{
	const struct node *found = node_find(node, group);

	if (found == NULL || found->type != NODE_MAPPING)
		found = node;
	node = node_find(found, "table");
	return node != NULL ? node->loc : found->loc;
}

/* The path is not shown: a secret may be in it. */
static void read_table(
	const struct reading *reading, struct loc loc, const char *path, uint32_t *ret_number)
{
	struct experiment *experiment = reading->experiment;
	struct err err;

	if (path[0] == '\0')
		return;
	if (experiment->tables == NULL)
		experiment->tables =
			arena_alloc(reading->decode->arena, sizeof(*experiment->tables));
	if (distribution_file_read(path, experiment->tables, ret_number, &err) < 0)
		err_list_add(reading->decode->errors, loc, "%s: table %s", reading->kind->name,
			err.message);
}

static size_t table_size(const struct experiment *experiment, uint32_t number)
{
	return number == 0 ? 0 : experiment->tables->tables[number - 1].size;
}

void fault_tables_read(struct decode *decode, const struct node *node,
	const struct fault_kind *kind, struct experiment *experiment, struct fault_params *params)
{
	const struct reading reading = {decode, kind, experiment};
	struct impairment *network = &params->network;

	read_table(&reading, loc_of_table(node, "latency"), params->table_file, &network->table);
	read_table(&reading, loc_of_table(node, "slot"), params->slot_table_file,
		&network->slots.table);
	params->ingress_network.table = network->table;
	params->ingress_network.slots.table = network->slots.table;
	/* Both go to the kernel in one message. */
	if (table_size(experiment, network->table) + table_size(experiment, network->slots.table) >
		DISTRIBUTION_PAIR_MAX)
		err_list_add(decode->errors, node->loc,
			"%s: the two tables have more than %d numbers together", kind->name,
			DISTRIBUTION_PAIR_MAX);
}
