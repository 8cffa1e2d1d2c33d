/* SPDX-License-Identifier: Apache-2.0 */
/*
 * standby_wire - what goes over the socket pair between the main process and the standby.
 */
#ifndef FAULTS_STANDBY_WIRE_H
#define FAULTS_STANDBY_WIRE_H

#include <netinet/in.h>

#include "faults/journal.h"
#include "faults/standby.h"

enum standby_question { STANDBY_BEGIN, STANDBY_INSPECT, STANDBY_RECOVERED };

struct standby_request {
	enum standby_question question;
	char run_id[JOURNAL_NAME_MAX]; /* BEGIN */
	pid_t pid;		       /* INSPECT: this process; 0: the path */
	char path[INSTANCE_PATH_MAX];
	bool tolerant;
};

enum standby_answer {
	STANDBY_INTERFACE,
	STANDBY_ADDRESS,
	STANDBY_ROOT,
	STANDBY_FILTERS,
	STANDBY_DONE
};

/* INSPECT is answered by an INTERFACE for each, their ADDRESSes, a ROOT for each whose root
 * somebody has configured, FILTERS for each where somebody has some, then DONE; the others by DONE.
 */
struct standby_reply {
	enum standby_answer answer;
	struct interface interface;	    /* INTERFACE; without addresses */
	unsigned int interface_index;	    /* ADDRESS, ROOT, FILTERS: whose */
	bool filtered[2];		    /* FILTERS: by enum direction */
	char address[INET6_ADDRSTRLEN + 8]; /* ADDRESS: "10.0.0.2/24" */
	/* DONE */
	struct err err; /* code ERR_NONE: it went well */
	uint64_t start_time;
	uint64_t netns_device;
	uint64_t netns_inode;
	bool is_perturb;
	size_t count;
};

/* The standby's life; called in the forked child, never returns. */
_Noreturn void standby_main(int socket, pid_t custodian);

/* Answers one INSPECT request. */
void standby_look(int socket, const struct standby_request *request);

#endif
