/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/evidence.h"

void evidence_add(struct evidence *sum, const struct evidence *part)
{
	if (part->source != EVIDENCE_NONE)
		sum->source = part->source;
	sum->packets += part->packets;
	sum->bytes += part->bytes;
	sum->dropped += part->dropped;
	sum->overlimit_drops += part->overlimit_drops;
	sum->backlog_packets += part->backlog_packets;
	sum->marked += part->marked;
	sum->duplicated += part->duplicated;
	sum->corrupted += part->corrupted;
	sum->reordered += part->reordered;
	sum->matched += part->matched;
	sum->processes += part->processes;
	sum->connections += part->connections;
	sum->lost = sum->lost || part->lost;
}

bool evidence_effective(const struct evidence *evidence)
{
	/* All queries pass the resolver, whether they are meant or not. */
	if (evidence->source == EVIDENCE_RESOLVER)
		return evidence->matched != 0;
	return evidence->packets != 0 || evidence->dropped != 0 || evidence->overlimit_drops != 0 ||
	       evidence->backlog_packets != 0 || evidence->processes != 0 ||
	       evidence->connections != 0;
}
