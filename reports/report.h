/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report - everything that is known about a run, as plain data.
 *
 * Filled from left to right while a run goes on, so that an interrupted run still yields a true
 * report, then read by the writers. It owns every string and array through its arena: build them
 * with arena_strdup and arena_grow. All times are milliseconds since the run's start, taken from
 * CLOCK_MONOTONIC; a negative time means "never".
 */
#ifndef REPORTS_REPORT_H
#define REPORTS_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "reports/evidence.h"
#include "reports/mem.h"

#define REPORT_SCHEMA "perturb.report/1"

enum phase { PHASE_BASELINE, PHASE_FAULT, PHASE_RECOVERY, PHASE_COUNT };

enum verdict {
	VERDICT_HELD,	      /* exit 0 */
	VERDICT_BROKEN,	      /* exit 1 */
	VERDICT_INCONCLUSIVE, /* exit 1: only where that is asked for */
	VERDICT_NOT_STARTED,  /* exit 3 */
	VERDICT_ABORTED,      /* exit 4 */
	VERDICT_UNREVERTED,   /* exit 5 */
};

struct report_pair {
	const char *name;
	const char *value;
};

struct report_phase {
	enum phase phase;
	double start_ms;
	double end_ms;
};

struct report_interface {
	const char *name;
	unsigned int index;
	const char **addresses; /* "10.0.0.2/24" */
	size_t address_count;
};

struct report_instance {
	const char *id;
	const char *name;
	const char *runtime; /* docker, podman or NULL */
	long pid;	     /* 0: none */
	uint64_t netns;	     /* inode number, 0: unknown */
	const char *netns_path;
	struct report_interface *interfaces;
	size_t interface_count;
};

struct report_target {
	const char *name;
	const char *kind; /* container, netns, process */
	size_t matched;	  /* instances that the selector matched, before pick */
	struct report_instance *instances;
	size_t instance_count;
};

/* One operation of a fault: one qdisc, one redirect, one signal. */
struct report_operation {
	const char *what;      /* the command that would do the same by hand */
	const char *interface; /* or NULL */
	const char *aim;       /* which packets it is meant for, in words; NULL: all, or none */
	const char **peers;    /* of the aim, all of them: "10.0.0.2", "fd00::/8" */
	size_t peer_count;
	struct evidence evidence;
};

/* The instance of a fault went away, and perhaps came back: restarted, or made anew. */
struct report_move {
	double gone_at_ms;
	double injected_at_ms; /* into what came back; negative: nothing did, or not in time */
	const char *id;	       /* of what came back; NULL */
	long pid;	       /* 0 */
	uint64_t netns;	       /* 0 */
};

/* What a fault became while it was in force. */
struct report_change {
	double due_ms;
	double at_ms;	  /* when it was made */
	double change_us; /* time the operations took */
	const char *what; /* "delay=40ms", "off", "on" */
};

/* One fault on one instance. */
struct report_fault {
	const char *kind;
	const char *target;
	const char *instance; /* the instance's name */
	const char *engine;   /* netem, tbf, relay, signal, freezer, … */
	struct report_pair *parameters;
	size_t parameter_count;
	double requested_at_ms;
	double injected_at_ms;
	double reverted_at_ms;
	double inject_us; /* time the operations took, negative: never */
	double revert_us;
	const char
		*state; /* planned, active, done, reverted, failed, ended-early, gone, unreverted */
	const char *cause;	  /* why it ended: deadline, end of run, signal, …; or NULL */
	const char *error;	  /* or NULL */
	struct evidence evidence; /* the sum over operations */
	bool effective;
	bool effect_unknown; /* the counters went with the process that would have read them */
	struct report_operation *operations;
	size_t operation_count; /* also those after a move */
	struct report_change *changes;
	size_t change_count;
	struct report_move *moves;
	size_t move_count;
};

/* Milliseconds; all zero: there was none. */
struct report_latency {
	double min, p50, p90, p95, p99, p999, max, mean;
};

/* How often a figure came with an answer, and what it was. */
struct report_value {
	uint64_t count;
	double last, min, max, mean;
};

/* How many answers came within upper_ms, and not within the one before. */
struct report_bucket {
	double upper_ms;
	uint64_t count;
};

struct report_error_count {
	const char *kind; /* timeout, connect, status, body, … */
	uint64_t count;
};

/* What a measurement says about a tolerance, in ascending order. */
enum judgement {
	JUDGEMENT_BROKEN,	/* what was observed breaks it */
	JUDGEMENT_INCONCLUSIVE, /* it was kept, but by too small a sample to say so of the system */
	JUDGEMENT_HELD,
};

/* At a confidence of 95%; NAN: there is no such end. */
struct report_interval {
	double low, high;
};

struct report_tolerance {
	const char *metric;   /* success, p50 … max, mean */
	const char *expected; /* as written: ">= 99%" */
	const char *unit;     /* "%", "ms", "/s" or "": of observed, limit and interval */
	const char *path;     /* "any[0]": where it stands; NULL: at the top */
	double observed;
	double limit;	  /* what was expected, as a number; NAN: what it is relative to has none */
	uint64_t samples; /* that observed rests on */
	uint64_t samples_needed; /* when inconclusive; 0: no number is enough */
	struct report_interval interval;
	enum judgement verdict;
	bool held;
	bool has_observed; /* false: no sample to judge by */
	bool has_interval;
};

/* Of a probe whose success has a lower limit. */
struct report_budget {
	bool present;
	double objective_pct;
	uint64_t requests;
	double allowed; /* errors */
	uint64_t errors;
	double burned_pct; /* NAN: there is none to burn */
	bool has_burn_rate[PHASE_COUNT];
	double burn_rate[PHASE_COUNT]; /* 1: as fast as is allowed; NAN: there is none to burn */
};

struct report_probe_phase {
	bool present;
	uint64_t count; /* requests that were due in the phase */
	uint64_t ok;
	double success_pct;
	enum judgement verdict;
	struct report_interval success_interval; /* percent; of no meaning without a sample */
	struct report_interval p50_interval, p95_interval, p99_interval, p999_interval; /* ms */
	struct report_error_count *errors;
	size_t error_count;
	uint64_t not_sent;
	uint64_t duplicates;
	double throughput_per_s; /* of those that succeeded */
	/* of the answered requests: since each was due (in a closed loop: sent), and since sent */
	struct report_latency latency_ms;
	struct report_latency service_ms;
	/* of all requests in which it came to that, since each was sent */
	struct report_latency connect_ms;
	struct report_latency tls_ms;
	struct report_latency first_byte_ms;
	bool has_lag;		      /* not in a closed loop */
	struct report_latency lag_ms; /* how much later than due they were sent */
	struct report_value value;
	struct report_bucket *histogram; /* of latency_ms; of a load only */
	size_t bucket_count;
	struct report_tolerance *tolerances;
	size_t tolerance_count;
};

struct report_second {
	uint32_t second; /* since the start of the run: the first one of its interval */
	uint32_t count;
	uint32_t ok;
	double p50_ms;
	double p95_ms;
	double max_ms;
};

struct report_probe {
	const char *name;
	const char *kind;
	bool load;
	bool closed; /* the loop: there is no rate */
	double rate; /* per second */
	uint32_t concurrency;
	struct report_probe_phase phases[PHASE_COUNT];
	uint32_t series_interval_s;
	struct report_second *series;
	size_t series_count;
	bool has_recovery; /* a recovery phase was measured */
	bool recovered;
	double time_to_recover_ms; /* since the end of the faults; negative: not recovered */
	bool has_detection;	   /* a fault was injected */
	double time_to_detect_ms;  /* since the first injection; negative: it never showed */
	struct report_budget budget;
};

struct report_guard {
	const char *probe;
	const char *condition; /* "success < 20% over 3s" */
	bool tripped;
	double tripped_at_ms;
};

struct report_event {
	double at_ms;
	const char *what;
};

struct report {
	struct arena arena;
	const char *tool_version;
	const char *run_id;
	/* the experiment */
	const char *title;
	const char *file;
	const char *sha256;
	const char **tags;
	size_t tag_count;
	struct report_pair *variables; /* less the secret ones */
	size_t variable_count;
	uint64_t seed;
	/* the host */
	const char *hostname;
	const char *kernel;
	const char *architecture;
	bool netem_supported;
	bool relay_supported;
	struct timespec started_at; /* CLOCK_REALTIME */
	struct timespec ended_at;
	enum verdict verdict;
	int exit_code;
	const char *reason; /* one sentence */
	struct report_phase phases[PHASE_COUNT];
	size_t phase_count;
	struct report_target *targets;
	size_t target_count;
	struct report_fault *faults;
	size_t fault_count;
	struct report_probe *probes; /* and loads */
	size_t probe_count;
	struct report_guard *guards;
	size_t guard_count;
	struct report_event *events;
	size_t event_count;
};

const char *phase_name(enum phase phase);
const char *verdict_name(enum verdict verdict);
int verdict_exit_status(enum verdict verdict);
const char *judgement_name(enum judgement judgement);

/* Appends an event; the text is copied. */
void report_event(struct report *report, double at_ms, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

void report_release(struct report *report);

#endif
