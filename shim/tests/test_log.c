/* SPDX-License-Identifier: GPL-2.0-only */
/* The shim's log in R: what a line looks like, and where it goes. */
#include "help_sched.h"

#include <string.h>

#include "core/log.h"
#include "core/state.h"

#define ROOM 256u

static struct {
    struct irx_log log;
    char text[ROOM];
} ring;

/* What a line says behind its time and its CPU. */
static const char *last_line(void)
{
    static char text[ROOM + 1];
    uint64_t first = ring.log.head > ROOM ? ring.log.head - ROOM : 0, len = ring.log.head - first;
    char *begin;

    assert_true(len);
    for (uint64_t i = 0; i < len; i++) /* as a reader does */
        text[i] = ring.text[(first + i) % ROOM];
    assert_int_equal(text[len - 1], '\n');
    text[len - 1] = '\0';
    begin = strrchr(text, ']');
    assert_non_null(begin);
    return begin + 4; /* "] 0 " */
}

static int begin(void **state)
{
    (void)state;
    memset(&ring, 0, sizeof(ring));
    log_init(&ring.log, sizeof(ring));
    return ring.log.size != ROOM;
}

static int end(void **state)
{
    (void)state;
    log_init(NULL, 0);
    return 0;
}
#define LOG_CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

static void what_it_knows_to_write(void **state)
{
    (void)state;
    log_line("%u %x %d %d %s", 7u, 0xabcu, -3, 4, "words");
    assert_string_equal(last_line(), "7 abc -3 4 words");
    log_line("%lu %lx %ld", UINT64_MAX, UINT64_MAX, INT64_MIN);
    assert_string_equal(last_line(), "18446744073709551615 ffffffffffffffff -9223372036854775808");
    log_line("100%%");
    assert_string_equal(last_line(), "100%");
}

/* A line is cut, and the ring's oldest bytes go. */
static void what_is_too_long(void **state)
{
    char text[400];
    uint64_t head;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_line("%s", text);
    head = ring.log.head;
    assert_in_range(head, 100, 160);
    log_line("%s", text);
    log_line("%s", text);
    assert_in_range(ring.log.head, head + 200, head + 320);
    assert_memory_equal(last_line(), text, 50);
}

static void without_room(void **state)
{
    (void)state;
    log_init(&ring.log, sizeof(ring.log));
    log_line("nobody reads this");
    assert_int_equal(ring.log.head, 0);
}

/* A state that may not follow is said, and counted. */
static void a_fault_of_ours(void **state)
{
    (void)state;
    state_fault("cpu", 3, 1);
    assert_string_equal(last_line(), "cpu: state 1 does not follow 3");
    assert_int_equal(state_faults.count, 1);
    assert_int_equal(state_faults.from, 3);
    assert_int_equal(state_faults.to, 1);
    state_faults.count = 0; /* this one was meant: env.c */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_CASE(what_it_knows_to_write),
        LOG_CASE(what_is_too_long),
        LOG_CASE(without_room),
        LOG_CASE(a_fault_of_ours),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
