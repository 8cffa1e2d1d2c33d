/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err - one thing that went wrong: what, where, and which exit status it leads to.
 *
 * An err lives on the caller's stack, owns nothing and needs no release. Functions that can fail
 * take one as their last argument and return 0 or -1; on success they leave it untouched.
 */
#ifndef REPORTS_ERR_H
#define REPORTS_ERR_H

#include <stdbool.h>
#include <stddef.h>

enum err_code {
	ERR_NONE = 0,
	ERR_USAGE,	 /* the command line or a file is wrong: exit 2 */
	ERR_UNAVAILABLE, /* no such target, no permission, not supported here: exit 3 */
	ERR_SYSTEM,	 /* a system call or a peer failed: exit 3 */
	ERR_UNREVERTED,	 /* something could not be put back: exit 5 */
};

/* A place in a text; line and column count from 1, line 0 means unknown. */
struct loc {
	const char *file; /* borrowed */
	unsigned int line;
	unsigned int column;
};

struct err {
	enum err_code code;
	int sys;	   /* errno, or 0 */
	struct loc loc;	   /* set by whoever still holds the document */
	const char *field; /* the parameter at fault (a static string), or NULL */
	char message[512]; /* one sentence without a full stop; cut with "..." if too long */
};

/* Fills *err and returns -1, so that "return err_set(...)" reads as one act. With sys != 0 the
 * system's own explanation is appended (": No such file or directory"). err may be NULL. */
int err_set(struct err *err, enum err_code code, int sys, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* As err_set with ERR_USAGE, for a parameter with an impossible value. field is static. */
int err_field(struct err *err, const char *field, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "TEXT: " before the message of an error that is passed on; returns -1. */
int err_prefix(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Analyzers do not look into another file to see that these return -1. */
#ifdef __clang_analyzer__
#define err_set(...)	((void)(err_set)(__VA_ARGS__), -1)
#define err_field(...)	((void)(err_field)(__VA_ARGS__), -1)
#define err_prefix(...) ((void)(err_prefix)(__VA_ARGS__), -1)
#endif

/* The process exit status that this error leads to (2, 3 or 5). */
int err_exit_status(const struct err *err);

/* Several errors, so that one run shows every mistake of a file. Keeps the first ERR_LIST_MAX and
 * counts the others. Zero-initialise; owns nothing. */
#define ERR_LIST_MAX 64
struct err_list {
	struct err items[ERR_LIST_MAX];
	size_t count;	   /* kept in items */
	size_t total;	   /* seen */
	bool text_private; /* of a file whose text they must not show */
};

/* Appends an ERR_USAGE error at loc. */
void err_list_add(struct err_list *list, struct loc loc, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
