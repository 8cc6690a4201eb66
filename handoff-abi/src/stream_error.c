/* SPDX-License-Identifier: GPL-2.0-only */
/* What a refused stream's error says to a person. */
#include <interrex/stream.h>

static const char *const text[IRX_SE_MAX + 1] = {
    [IRX_SE_NONE] = "no error",
    [IRX_SE_ALIGNMENT] = "buffer is not 8-byte aligned: a mistake of the caller",
    [IRX_SE_SHORT] = "shorter than a stream's header: the file or section is truncated",
    [IRX_SE_MAGIC] = "not an Interrex stream: check which file or offset this is",
    [IRX_SE_MAJOR] = "another major version of the ABI: use builds of the same major version",
    [IRX_SE_TOO_NEW] = "needs a newer reader: let the writer write this reader's version",
    [IRX_SE_TOO_OLD] = "older than this build reads: update by way of a version in between",
    [IRX_SE_HEADER_SIZE] = "header has another size: written by a damaged or foreign writer",
    [IRX_SE_TOTAL_SIZE] = "total size is not that of the buffer: truncated, or bytes behind it",
    [IRX_SE_SECTION] = "the other section: early and late were mixed up",
    [IRX_SE_PRODUCER] = "unknown producer: written by a damaged or foreign writer",
    [IRX_SE_CONSUMED] = "already consumed: it belongs to a handoff that is over",
    [IRX_SE_VALID] = "valid is neither 0 nor 1: the stream is damaged",
    [IRX_SE_FEATURES] = "negotiated features unknown here: negotiate again with this reader",
    [IRX_SE_HEADER_RESERVED] = "reserved field of the header is not zero: refuse the writer",
    [IRX_SE_CRC] = "CRC of the whole is wrong: the stream is damaged",
    [IRX_SE_RECORD_CRC] = "CRC of the record is wrong: the stream is damaged",
    [IRX_SE_BOUNDS] = "record leaves the stream: the writer is at fault",
    [IRX_SE_RECORD_FLAGS] = "unknown flags of a record: the writer is newer or at fault",
    [IRX_SE_UNKNOWN] = "unknown mandatory record: let the writer write this reader's version",
    [IRX_SE_WRONG_SECTION] = "record belongs to the other section: the writer is at fault",
    [IRX_SE_SINCE] = "record is newer than the stream's version: the writer is at fault",
    [IRX_SE_LENGTH] = "length is no whole number of structures: the writer is at fault",
    [IRX_SE_TAIL] = "unknown tail, not zero, not ignorable: let the writer write this version",
    [IRX_SE_RESERVED] = "reserved field is not zero: the writer is newer or at fault",
    [IRX_SE_PADDING] = "padding is not zero: the writer is at fault",
    [IRX_SE_INSTANCE] = "instance is no domid (late) or not 0 (early): the writer is at fault",
    [IRX_SE_ORDER] = "domains not ascending, or their record not first: the writer is at fault",
    [IRX_SE_DUPLICATE] = "record occurs twice for this instance: the writer is at fault",
    [IRX_SE_COUNT] = "record count differs from the records found: the writer is at fault",
    [IRX_SE_OLDEST_READER] = "oldest reader is newer than the version: the writer is at fault",
};

const char *irx_stream_error_text(uint32_t code)
{
    return code <= IRX_SE_MAX && text[code] ? text[code] : "unknown error";
}
