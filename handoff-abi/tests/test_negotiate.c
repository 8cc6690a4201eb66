/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <interrex/negotiate.h>
#include <interrex/note.h>

static struct irx_negotiation n;

/* A build of minor version `minor` that reads and writes it and two before. */
static struct irx_note build(uint32_t minor)
{
    uint32_t oldest = minor < 2 ? IRX_VERSION(1, 0) : IRX_VERSION(1, minor - 2);

    return (struct irx_note){.size = sizeof(struct irx_note),
                             .producer = IRX_PRODUCER_XEN,
                             .native = IRX_VERSION(1, minor),
                             .oldest_read = oldest,
                             .oldest_write = oldest,
                             .optional = IRX_FEATURE_ALL};
}

static bool has_reason(const struct irx_negotiation *r, uint32_t code)
{
    uint32_t i;

    for (i = 0; i < r->nr_reasons; i++)
        if (r->reasons[i].code == code)
            return true;
    return false;
}

static void this_build_with_itself(void **state)
{
    const struct irx_note me = IRX_NOTE_INIT(IRX_PRODUCER_XEN, 1, IRX_FEATURE_SVM,
                                             IRX_FEATURE_SVM | IRX_FEATURE_PVH_GUEST);

    (void)state;
    assert_int_equal(irx_note_validate(&me), 0);
    assert_int_equal(irx_negotiate(&me, &me, &n), 0);
    assert_int_equal(n.version, IRX_ABI_VERSION);
    assert_int_equal(n.features, IRX_FEATURE_SVM | IRX_FEATURE_PVH_GUEST);
}

static void two_versions_either_way(void **state)
{
    struct irx_note mine, peer;
    uint32_t a, b;

    (void)state;
    for (a = 0; a < 8; a++)
        for (b = 0; b < 8; b++) {
            int rc;

            mine = build(a);
            peer = build(b);
            rc = irx_negotiate(&mine, &peer, &n);
            if (a > b + 2) {
                assert_int_equal(rc, -EOPNOTSUPP);
                assert_true(has_reason(&n, IRX_NEG_PEER_TOO_OLD));
            } else if (b > a + 2) {
                assert_int_equal(rc, -EOPNOTSUPP);
                assert_true(has_reason(&n, IRX_NEG_PEER_TOO_NEW));
            } else {
                assert_int_equal(rc, 0);
                assert_int_equal(n.version, IRX_VERSION(1, a < b ? a : b));
            }
            assert_int_equal(n.version == 0, rc != 0);
        }
}

static void no_downgrade(void **state)
{
    struct irx_note mine = build(3), peer = build(2);

    (void)state;
    assert_int_equal(irx_negotiate(&mine, &peer, &n), 0);
    mine.no_downgrade = 1;
    assert_int_equal(irx_negotiate(&mine, &peer, &n), -EOPNOTSUPP);
    assert_int_equal(n.nr_reasons, 1);
    assert_int_equal(n.reasons[0].code, IRX_NEG_DOWNGRADE);
    assert_int_equal(n.reasons[0].mine, IRX_VERSION(1, 3));
    assert_int_equal(n.reasons[0].peer, IRX_VERSION(1, 2));
    peer = build(3);
    assert_int_equal(irx_negotiate(&mine, &peer, &n), 0);
    peer = build(4);
    peer.no_downgrade = 1; /* the peer's is about whom *it* hands over to */
    assert_int_equal(irx_negotiate(&mine, &peer, &n), 0);
}

static void another_major(void **state)
{
    struct irx_note mine = build(0), peer = build(0);

    (void)state;
    peer.native = peer.oldest_read = peer.oldest_write = IRX_VERSION(2, 0);
    assert_int_equal(irx_negotiate(&mine, &peer, &n), -EOPNOTSUPP);
    assert_true(has_reason(&n, IRX_NEG_MAJOR));
    assert_int_equal(irx_negotiate(&peer, &mine, &n), -EOPNOTSUPP);
    assert_true(has_reason(&n, IRX_NEG_MAJOR));
}

static void required_features(void **state)
{
    struct irx_note mine = build(0), peer = build(0);

    (void)state;
    mine.required = IRX_FEATURE_SVM | IRX_FEATURE_PVH_GUEST;
    peer.optional = IRX_FEATURE_SVM;
    assert_int_equal(irx_negotiate(&mine, &peer, &n), -EOPNOTSUPP);
    assert_int_equal(n.nr_reasons, 1);
    assert_int_equal(n.reasons[0].code, IRX_NEG_PEER_FEATURES);
    assert_int_equal(n.reasons[0].peer, IRX_FEATURE_PVH_GUEST);

    assert_int_equal(irx_negotiate(&peer, &mine, &n), -EOPNOTSUPP);
    assert_int_equal(n.reasons[0].code, IRX_NEG_MY_FEATURES);
    assert_int_equal(n.reasons[0].mine, IRX_FEATURE_PVH_GUEST);

    peer.optional |= IRX_FEATURE_PVH_GUEST;
    assert_int_equal(irx_negotiate(&mine, &peer, &n), 0);
    assert_int_equal(n.features, IRX_FEATURE_SVM | IRX_FEATURE_PVH_GUEST);
    peer.required = 1ull << 63; /* one that no build has a name for yet */
    assert_int_equal(irx_negotiate(&mine, &peer, &n), -EOPNOTSUPP);
}

static void every_reason_at_once(void **state)
{
    struct irx_note mine = build(9), peer = build(1);

    (void)state;
    mine.no_downgrade = 1;
    mine.required = IRX_FEATURE_SVM;
    mine.optional = 0;
    peer.required = IRX_FEATURE_VMX;
    peer.optional = 0;
    assert_int_equal(irx_negotiate(&mine, &peer, &n), -EOPNOTSUPP);
    assert_int_equal(n.nr_reasons, 4);
    assert_true(has_reason(&n, IRX_NEG_PEER_TOO_OLD));
    assert_true(has_reason(&n, IRX_NEG_DOWNGRADE));
    assert_true(has_reason(&n, IRX_NEG_PEER_FEATURES));
    assert_true(has_reason(&n, IRX_NEG_MY_FEATURES));
}

static void notes_that_contradict_themselves(void **state)
{
    struct irx_note good = build(2), bad[7];
    unsigned int i;

    (void)state;
    for (i = 0; i < 7; i++)
        bad[i] = good;
    bad[0].size = 36;
    bad[1].producer = 9;
    bad[2].native = 5;
    bad[3].oldest_read = good.native + 1;
    bad[4].oldest_write = good.native + 1;
    bad[5].no_downgrade = 2;
    bad[6].oldest_read = IRX_VERSION(0, 9);
    for (i = 0; i < 7; i++) {
        assert_int_not_equal(irx_note_validate(&bad[i]), 0);
        assert_int_equal(irx_negotiate(&bad[i], &good, &n), -EOPNOTSUPP);
        assert_int_equal(n.reasons[0].code, IRX_NEG_MY_NOTE);
        assert_int_equal(irx_negotiate(&good, &bad[i], &n), -EOPNOTSUPP);
        assert_int_equal(n.reasons[0].code, IRX_NEG_PEER_NOTE);
    }
    good.size = 64; /* a later version's longer note is fine */
    assert_int_equal(irx_note_validate(&good), 0);
}

static void update_takes_one_version_for_three(void **state)
{
    struct irx_note sender = build(4), shim = build(3), target = build(5);
    struct irx_negotiation out[3];
    uint64_t features;
    uint32_t version;

    (void)state;
    shim.optional = IRX_FEATURE_SVM | IRX_FEATURE_EVTCHN_2L;
    assert_int_equal(irx_negotiate_update(&sender, &shim, &target, out, &version, &features), 0);
    assert_int_equal(version, IRX_VERSION(1, 3));
    assert_int_equal(features, IRX_FEATURE_SVM | IRX_FEATURE_EVTCHN_2L);
}

/* Each pair could agree, but the shim is too old for what the target still reads. */
static void update_sees_a_third_party_in_the_way(void **state)
{
    struct irx_note sender = build(4), shim = build(2), target = build(5);
    struct irx_negotiation out[3];
    uint64_t features;
    uint32_t version;

    (void)state;
    assert_int_equal(irx_negotiate_update(&sender, &shim, &target, out, &version, &features),
                     -EOPNOTSUPP);
    assert_int_equal(version, 0);
    assert_int_equal(features, 0);
    assert_int_equal(out[0].nr_reasons, 0);
    assert_true(has_reason(&out[1], IRX_NEG_PEER_TOO_NEW));
    assert_true(has_reason(&out[2], IRX_NEG_PEER_TOO_NEW));
}

/* Each two builds agree on a version; what counts is the one that R was made in. */
static void the_region_has_a_version_of_its_own(void **state)
{
    struct irx_refusal why;
    uint32_t region, b;

    (void)state;
    for (region = 0; region < 8; region++)
        for (b = 0; b < 8; b++) {
            struct irx_note peer = build(b);
            int rc = irx_negotiate_region(IRX_VERSION(1, region), &peer, &why);

            if (region <= b && region + 2 >= b) {
                assert_int_equal(rc, 0);
                assert_int_equal(why.code, 0);
                continue;
            }
            assert_int_equal(rc, -EOPNOTSUPP);
            assert_int_equal(why.code,
                             region > b ? IRX_NEG_REGION_TOO_NEW : IRX_NEG_REGION_TOO_OLD);
            assert_int_equal(why.mine, IRX_VERSION(1, region));
            assert_int_equal(why.peer, region > b ? peer.native : peer.oldest_read);
        }
}

/* A shim that reads an old R and no longer writes it would spoil it. */
static void the_region_is_read_and_written(void **state)
{
    struct irx_note peer = build(3);
    struct irx_refusal why;

    (void)state;
    peer.oldest_write = IRX_VERSION(1, 3);
    assert_int_equal(irx_negotiate_region(IRX_VERSION(1, 2), &peer, &why), -EOPNOTSUPP);
    assert_int_equal(why.code, IRX_NEG_REGION_TOO_OLD);
    assert_int_equal(irx_negotiate_region(IRX_VERSION(1, 3), &peer, &why), 0);
}

static void the_region_is_of_another_major_or_the_note_is_bad(void **state)
{
    struct irx_note peer = build(1);
    struct irx_refusal why;

    (void)state;
    assert_int_equal(irx_negotiate_region(IRX_VERSION(2, 1), &peer, &why), -EOPNOTSUPP);
    assert_int_equal(why.code, IRX_NEG_MAJOR);
    peer.no_downgrade = 2;
    assert_int_equal(irx_negotiate_region(IRX_VERSION(1, 1), &peer, &why), -EOPNOTSUPP);
    assert_int_equal(why.code, IRX_NEG_PEER_NOTE);
    assert_int_equal(why.peer, offsetof(struct irx_note, no_downgrade));
}

static void every_reason_and_feature_has_words(void **state)
{
    uint32_t i;

    (void)state;
    for (i = 1; i <= IRX_NEG_MAX; i++)
        assert_string_not_equal(irx_negotiate_text(i), "unknown reason");
    assert_string_equal(irx_negotiate_text(IRX_NEG_MAX + 1), "unknown reason");
    for (i = 0; i < 64; i++)
        assert_int_equal(irx_feature_name(i) != NULL, (IRX_FEATURE_ALL >> i) & 1);
    assert_string_equal(irx_feature_name(6), "RUN_IN_PLACE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_build_with_itself),
        cmocka_unit_test(two_versions_either_way),
        cmocka_unit_test(no_downgrade),
        cmocka_unit_test(another_major),
        cmocka_unit_test(required_features),
        cmocka_unit_test(every_reason_at_once),
        cmocka_unit_test(notes_that_contradict_themselves),
        cmocka_unit_test(update_takes_one_version_for_three),
        cmocka_unit_test(update_sees_a_third_party_in_the_way),
        cmocka_unit_test(the_region_has_a_version_of_its_own),
        cmocka_unit_test(the_region_is_read_and_written),
        cmocka_unit_test(the_region_is_of_another_major_or_the_note_is_bad),
        cmocka_unit_test(every_reason_and_feature_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
