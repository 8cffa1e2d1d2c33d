/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inject - the options of one fault kind on the command line; inject parses with them, completions
 * and the manual offer them.
 */
#ifndef CLI_INJECT_H
#define CLI_INJECT_H

#include "cli/command.h"
#include "faults/kind.h"
#include "reports/mem.h"

/* What every kind takes, then what the network kinds take, then the kind's own parameters (those of
 * groups as "latency.delay"). In the arena; ends with a NULL name. */
const struct cli_option *inject_options(const struct fault_kind *kind, struct arena *arena);

#endif
