/* SPDX-License-Identifier: GPL-2.0-only */
/* What io in a guest and io-peer in dom0 agree on. */
#ifndef IO_WIRE_H
#define IO_WIRE_H

#include <stdint.h>

#define PING_PORT   7001 /* UDP: each datagram is sent back as it came */
#define STREAM_PORT 7002 /* TCP: messages by pattern.h both ways, numbered from 0 */
#define REPORT_PORT 7003 /* TCP: one line of JSON about all guests, then the end */

#define STREAM_BYTES 8192 /* a message */
/* pattern.h's place of a message: which way it goes, and the guest's IPv4 address. */
#define TO_DOM0(address)  ((1ull << 32) | (address))
#define TO_GUEST(address) ((2ull << 32) | (address))

struct ping {
    uint64_t number;
    int64_t sent_ns; /* by the guest's monotonic clock */
    uint64_t filler[6];
};

#endif
