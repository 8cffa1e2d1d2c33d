/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grpc_message - the two messages of the gRPC health checking protocol
 * (https://github.com/grpc/grpc/blob/master/doc/health-checking.md), each behind the five bytes
 * that gRPC puts before a message (doc/PROTOCOL-HTTP2.md there): a flag for compression and the
 * length. Their encoding is that of protocol buffers
 * (https://protobuf.dev/programming-guides/encoding).
 */
#ifndef EXPERIMENTS_PROBES_GRPC_MESSAGE_H
#define EXPERIMENTS_PROBES_GRPC_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#define GRPC_SERVING	 1
#define GRPC_SERVICE_MAX 1024 /* bytes of the name of a service */
#define GRPC_REQUEST_MAX (5 + 3 + GRPC_SERVICE_MAX)

/* HealthCheckRequest for a service, "" for the server; buffer has GRPC_REQUEST_MAX bytes, and
 * service at most GRPC_SERVICE_MAX. Returns the length. */
size_t grpc_health_request(const char *service, uint8_t *buffer);

/* The status in a HealthCheckResponse, which is the whole of data. -1: it is none. */
int grpc_health_answer(const uint8_t *data, size_t length, uint64_t *ret_status);

#endif
