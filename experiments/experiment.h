/* SPDX-License-Identifier: Apache-2.0 */
/*
 * experiment - one YAML file, typed and validated. Constant once it is read.
 *
 * Everything hangs on its arena; strings are never NULL unless said so.
 */
#ifndef EXPERIMENTS_EXPERIMENT_H
#define EXPERIMENTS_EXPERIMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "experiments/condition.h"
#include "experiments/schedule.h"
#include "faults/distribution_table.h"
#include "faults/kind.h"
#include "reports/err.h"
#include "reports/mem.h"

enum target_kind { TARGET_CONTAINER, TARGET_NETNS, TARGET_PROCESS };

enum pick_mode { PICK_ALL, PICK_NUMBER, PICK_PERCENT };

struct pick {
	enum pick_mode mode;
	uint32_t number;
	double percent; /* of the matches, rounded up: 50% of 3 is 2 */
};

struct label_selector {
	const char *key;
	const char *value; /* pattern; NULL: any */
};

/* What is asked for; all given criteria must match. NULL or zero: not asked. Texts are patterns
 * (pattern.h) unless said otherwise; each list is a choice of alternatives. */
struct selector {
	enum target_kind kind;
	pid_t pid; /* process; 0: by command */
	/* container */
	const char *runtime; /* "docker" or "podman"; NULL: whichever answers */
	const char *const *names;
	size_t name_count; /* container names; netns names or paths; process commands */
	const char *id;	   /* a prefix of at least 4 hexadecimal digits, or a pattern */
	const char *image;
	const char *service; /* of Docker Compose */
	const char *project; /* of Docker Compose; narrows service */
	const struct label_selector *labels;
	size_t label_count;
};

struct target {
	const char *name;
	struct loc loc;
	struct selector selector;
	struct pick pick;
};

struct probe_kind;
struct probe_settings;

struct probe {
	const char *name;
	struct loc loc;
	const struct probe_kind *kind;
	const struct probe_settings *settings; /* the kind's */
	double rate;			       /* per second; infinite: a closed loop */
	uint32_t concurrency;		       /* how many requests may be in flight */
	bool load;			       /* it is there to keep the system busy */
	struct tolerance *tolerate;
	size_t tolerate_count;
	const struct condition *tolerate_root; /* how they hang together; NULL: all of them */
	struct tolerance *during;	       /* while faults are active; none: as tolerate */
	size_t during_count;
	const struct condition *during_root;
};

/* Does it send a request whenever one has ended, and not at a rate? */
bool probe_is_closed(const struct probe *probe);

/* A peer as it is written: an address or network, another target, or the name of a host. */
struct peer {
	struct loc loc;
	const char *text;
	struct aim_network network; /* family 0: it is one of the others */
	bool is_target;
	size_t target; /* index into targets */
};

struct peer_list {
	struct peer *items;
	size_t count;
};

/* What a fault spares; zero or none: any. Everything given must match. */
struct exclusion {
	struct loc loc;
	struct peer_list peers;
	struct aim_ports *peer_ports;
	size_t peer_port_count;
	struct aim_ports *local_ports;
	size_t local_port_count;
	uint8_t protocol;
};

/* The part of an aim that only the plan can complete; the rest is in params. */
struct fault_aim {
	struct peer_list to;
	struct peer_list from;
	struct exclusion *exclusions;
	size_t exclusion_count;
	bool spare_ssh;	   /* the session that perturb was started from */
	bool spare_probes; /* their way to what they measure */
};

/* What a fault becomes while it is in force. */
struct fault_change {
	int64_t offset_ns; /* since it began */
	struct impairment network;
	struct impairment ingress_network;
	const char *what; /* "delay=40ms", "off", "on" */
};

/* How often a step comes, and how long after it came the last time; times 0: once. */
struct repeat {
	int64_t every_ns;
	uint32_t times;
};

/* One step of the method, or one of its repetitions: one fault on one target. */
struct fault {
	const struct fault_kind *kind;
	struct loc loc;
	size_t target;		     /* index into targets */
	const size_t *between;	     /* all of them that are told apart, the first is target */
	size_t between_count;	     /* 0: there is only target */
	struct fault_params *params; /* of all repetitions of a step; but for the peers and
					exceptions of its aims */
	struct fault_aim aim;
	int64_t at_ns;	     /* since the start of the fault phase */
	int64_t duration_ns; /* of instant kinds: how long to watch what it did; may be 0 */
	bool follow;	     /* into a container that runs again after its end; true by default */
	struct pick pick;    /* of the target's instances, for this step; PICK_ALL by default */
	struct flap flap;
	struct repeat repeat;
	struct fault_change *changes; /* in the order of their time */
	size_t change_count;
	size_t step;			/* which one of the method it comes from */
	struct report_pair *parameters; /* as given, with defaults, for the report */
	size_t parameter_count;
};

struct guard {
	size_t probe;		    /* index into probes */
	struct tolerance condition; /* true: abort */
	int64_t over_ns;
};

struct limits {
	uint32_t max_instances;	 /* 0: no limit */
	double max_percent;	 /* of a target's matches; 0: no limit */
	int64_t max_duration_ns; /* of the fault phase; 0: no limit */
	const char **protect;	 /* patterns of names that are never touched */
	size_t protect_count;
};

struct variable {
	const char *name;
	const char *value;
	bool secret;
};

struct experiment {
	struct arena arena;
	const char *file; /* as named on the command line; "-" for inject */
	char sha256[65];  /* of the file's bytes */
	const char *title;
	const char **tags;
	size_t tag_count;
	struct variable *variables;
	size_t variable_count;
	struct target *targets;
	size_t target_count;
	bool strict;	      /* inconclusive is not good enough */
	struct probe *probes; /* steady_state, then load */
	size_t probe_count;
	int64_t baseline_ns;
	struct fault *faults; /* method */
	size_t fault_count;
	int64_t recovery_ns;
	struct guard *guards;
	size_t guard_count;
	struct limits limits;
	struct distribution_tables *tables; /* that faults name by their numbers; NULL: none */
};

/* The targets of a fault, one after the other: how many, and the index into targets of each. */
size_t fault_target_count(const struct fault *fault);
size_t fault_target(const struct fault *fault, size_t index);

/* --set K=V */
struct setting {
	const char *name;
	const char *value;
};

/* Reads and validates a file. On failure (-1) errors, which was zero-initialised, holds every
 * mistake found, or one error without a line when the file cannot be read; a message never shows a
 * secret. On success the caller releases the experiment. All places borrow path. */
int experiment_read(const char *path, const struct setting *settings, size_t setting_count,
	struct experiment *ret_experiment, struct err_list *errors);

/* The same for text in memory; file is only a name for messages. The fuzzer's way in. */
int experiment_parse(const char *file, const char *text, size_t length,
	const struct setting *settings, size_t setting_count, struct experiment *ret_experiment,
	struct err_list *errors);

void experiment_release(struct experiment *experiment);

/* Replaces every secret variable's value in text by "***"; returns text itself, or a copy in the
 * arena when something had to go. */
const char *experiment_redact(
	const struct experiment *experiment, struct arena *arena, const char *text);

#endif
