/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress - what a run tells while it goes on, on stderr: every event as a line; below them, on a
 * terminal, one line that is redrawn with the phase and what the probes see.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>

#include "experiments/run.h"

struct progress;

/* color: if the terminal can do it. Quiet progress shows nothing. */
struct progress *progress_new(bool quiet, bool color);

/* What a run reports to; lives as long as the progress. NULL when it is quiet. */
const struct run_observer *progress_observer(const struct progress *progress);

/* Takes the live line away; NULL is allowed. */
void progress_free(struct progress *progress);

#endif
