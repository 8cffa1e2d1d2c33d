/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "cli/equivalent.h"
#include "faults/journal_directory.h"
#include "faults/journals.h"
#include "reports/mem.h"
#include "reports/text.h"

static void show_leftover(const struct journal_entry *entry)
{
	if (entry->err.code != ERR_NONE) {
		cleanup_free char *printable = text_printable(entry->err.message);

		doctor_line(false, "journal", "%s", printable);
		return;
	}
	doctor_line(false, "journal",
		"the run %s left %zu changes behind; \"perturb recover\" puts them back; what it "
		"did:",
		entry->run_id, entry->content.count);
	for (size_t i = 0; i < entry->content.count; i++)
		equivalent_print("         ", &entry->content.operations[i]);
}

static void show_all(const struct journal_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct journal_entry *entry = &list->items[i];

		if (entry->state == JOURNAL_ACTIVE)
			doctor_line(
				true, "journal", "the run %s goes on at the moment", entry->run_id);
		else
			show_leftover(entry);
	}
}

bool doctor_journals(bool root)
{
	struct journal_list list;
	struct err err = {0};

	if (!root)
		return false;
	/* The doctor makes no directory where there is none yet. */
	if (!journal_directory_exists()) {
		bool can_be_made = access("/run", W_OK) == 0;

		doctor_line(can_be_made, "journal",
			can_be_made ? "%s can be made" : "/run is not writable: %s cannot be made",
			JOURNAL_DIRECTORY);
		return can_be_made;
	}
	if (journals_list(&list, &err) < 0) {
		doctor_line(false, "journal", "%s", err.message);
		return false;
	}
	doctor_line(true, "journal", "%s can be written", JOURNAL_DIRECTORY);
	show_all(&list);
	journal_list_release(&list);
	return true;
}
