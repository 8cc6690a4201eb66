/* SPDX-License-Identifier: GPL-2.0-only */
/* Generated from the headers in include/interrex/abi by tools/generate.py: do not edit. */
/* clang-format off */
#include <interrex/abi/op.h>
#include <interrex/schema.h>

/* Every offset and size, as tools/describe.py computed them. */
IRX_OFFSET(struct irx_note, size, 0);
IRX_OFFSET(struct irx_note, producer, 4);
IRX_OFFSET(struct irx_note, native, 8);
IRX_OFFSET(struct irx_note, oldest_read, 12);
IRX_OFFSET(struct irx_note, oldest_write, 16);
IRX_OFFSET(struct irx_note, no_downgrade, 20);
IRX_OFFSET(struct irx_note, required, 24);
IRX_OFFSET(struct irx_note, optional, 32);
IRX_OFFSET(struct irx_note, release, 40);
IRX_OFFSET(struct irx_note, reserved, 44);
IRX_SIZE(struct irx_note, 48);
IRX_OFFSET(struct irx_seal, size, 0);
IRX_OFFSET(struct irx_seal, sealed, 4);
IRX_OFFSET(struct irx_seal, crc, 8);
IRX_OFFSET(struct irx_seal, reserved, 12);
IRX_SIZE(struct irx_seal, 16);
IRX_OFFSET(struct irx_stream_header, magic, 0);
IRX_OFFSET(struct irx_stream_header, version, 8);
IRX_OFFSET(struct irx_stream_header, oldest_reader, 12);
IRX_OFFSET(struct irx_stream_header, header_size, 16);
IRX_OFFSET(struct irx_stream_header, section, 20);
IRX_OFFSET(struct irx_stream_header, total_size, 24);
IRX_OFFSET(struct irx_stream_header, record_count, 32);
IRX_OFFSET(struct irx_stream_header, producer, 36);
IRX_OFFSET(struct irx_stream_header, build_id, 40);
IRX_OFFSET(struct irx_stream_header, valid, 60);
IRX_OFFSET(struct irx_stream_header, handoff_id, 64);
IRX_OFFSET(struct irx_stream_header, features, 80);
IRX_OFFSET(struct irx_stream_header, reserved, 88);
IRX_OFFSET(struct irx_stream_header, crc, 92);
IRX_SIZE(struct irx_stream_header, 96);
IRX_OFFSET(struct irx_record, type, 0);
IRX_OFFSET(struct irx_record, flags, 4);
IRX_OFFSET(struct irx_record, instance, 8);
IRX_OFFSET(struct irx_record, crc, 12);
IRX_OFFSET(struct irx_record, length, 16);
IRX_SIZE(struct irx_record, 24);
IRX_OFFSET(struct irx_table, off, 0);
IRX_OFFSET(struct irx_table, stride, 8);
IRX_OFFSET(struct irx_table, count, 12);
IRX_SIZE(struct irx_table, 16);
IRX_OFFSET(struct irx_span, off, 0);
IRX_OFFSET(struct irx_span, size, 8);
IRX_SIZE(struct irx_span, 16);
IRX_OFFSET(struct irx_image_slot, span, 0);
IRX_OFFSET(struct irx_image_slot, state, 16);
IRX_OFFSET(struct irx_image_slot, reserved, 20);
IRX_SIZE(struct irx_image_slot, 24);
IRX_OFFSET(struct irx_time_scale, tsc_stamp, 0);
IRX_OFFSET(struct irx_time_scale, stime_stamp, 8);
IRX_OFFSET(struct irx_time_scale, mul, 16);
IRX_OFFSET(struct irx_time_scale, shift, 20);
IRX_SIZE(struct irx_time_scale, 24);
IRX_OFFSET(struct irx_xen_info, virt_start, 0);
IRX_OFFSET(struct irx_xen_info, extraversion, 8);
IRX_OFFSET(struct irx_xen_info, compile_info, 24);
IRX_OFFSET(struct irx_xen_info, capabilities, 168);
IRX_OFFSET(struct irx_xen_info, changeset, 1192);
IRX_SIZE(struct irx_xen_info, 1256);
IRX_OFFSET(struct irx_spec, flags, 0);
IRX_OFFSET(struct irx_spec, host_ctrl, 4);
IRX_OFFSET(struct irx_spec, ssbd, 8);
IRX_OFFSET(struct irx_spec, reserved, 12);
IRX_SIZE(struct irx_spec, 16);
IRX_OFFSET(struct irx_watch, deadline, 0);
IRX_OFFSET(struct irx_watch, limit, 8);
IRX_OFFSET(struct irx_watch, answers, 16);
IRX_OFFSET(struct irx_watch, noticed, 20);
IRX_OFFSET(struct irx_watch, stage, 24);
IRX_OFFSET(struct irx_watch, taken, 28);
IRX_OFFSET(struct irx_watch, deaf, 32);
IRX_OFFSET(struct irx_watch, heard, 36);
IRX_OFFSET(struct irx_watch, text, 40);
IRX_SIZE(struct irx_watch, 72);
IRX_OFFSET(struct irx_deadman, limit_ms, 0);
IRX_OFFSET(struct irx_deadman, claimed, 4);
IRX_OFFSET(struct irx_deadman, left, 8);
IRX_OFFSET(struct irx_deadman, cpus, 12);
IRX_OFFSET(struct irx_deadman, start_tsc, 16);
IRX_OFFSET(struct irx_deadman, end_tsc, 24);
IRX_SIZE(struct irx_deadman, 32);
IRX_OFFSET(struct irx_anchor, magic, 0);
IRX_OFFSET(struct irx_anchor, version, 8);
IRX_OFFSET(struct irx_anchor, size, 12);
IRX_OFFSET(struct irx_anchor, region_base, 16);
IRX_OFFSET(struct irx_anchor, region_size, 24);
IRX_OFFSET(struct irx_anchor, generation, 32);
IRX_OFFSET(struct irx_anchor, handoff_id, 40);
IRX_OFFSET(struct irx_anchor, host_state, 56);
IRX_OFFSET(struct irx_anchor, shim_state, 60);
IRX_OFFSET(struct irx_anchor, shim_error, 64);
IRX_OFFSET(struct irx_anchor, xen_alive, 68);
IRX_OFFSET(struct irx_anchor, xen_vector, 72);
IRX_OFFSET(struct irx_anchor, xen_apic_id, 76);
IRX_OFFSET(struct irx_anchor, features, 80);
IRX_OFFSET(struct irx_anchor, tsc_khz, 88);
IRX_OFFSET(struct irx_anchor, time, 96);
IRX_OFFSET(struct irx_anchor, cpus, 120);
IRX_OFFSET(struct irx_anchor, domains, 136);
IRX_OFFSET(struct irx_anchor, vcpus, 152);
IRX_OFFSET(struct irx_anchor, log, 168);
IRX_OFFSET(struct irx_anchor, data, 184);
IRX_OFFSET(struct irx_anchor, early, 200);
IRX_OFFSET(struct irx_anchor, late, 216);
IRX_OFFSET(struct irx_anchor, entry, 232);
IRX_OFFSET(struct irx_anchor, shim, 248);
IRX_OFFSET(struct irx_anchor, shim_heap, 264);
IRX_OFFSET(struct irx_anchor, slots, 280);
IRX_OFFSET(struct irx_anchor, shim_entry, 328);
IRX_OFFSET(struct irx_anchor, shim_image_size, 336);
IRX_OFFSET(struct irx_anchor, data_used, 344);
IRX_OFFSET(struct irx_anchor, early_used, 352);
IRX_OFFSET(struct irx_anchor, late_used, 360);
IRX_OFFSET(struct irx_anchor, shim_release, 368);
IRX_OFFSET(struct irx_anchor, reserved, 372);
IRX_OFFSET(struct irx_anchor, xen, 376);
IRX_OFFSET(struct irx_anchor, spec, 1632);
IRX_OFFSET(struct irx_anchor, failure, 1648);
IRX_OFFSET(struct irx_anchor, fallback, 1664);
IRX_OFFSET(struct irx_anchor, fallback_used, 1680);
IRX_OFFSET(struct irx_anchor, attempts, 1688);
IRX_OFFSET(struct irx_anchor, attempts_max, 1692);
IRX_OFFSET(struct irx_anchor, watch, 1696);
IRX_OFFSET(struct irx_anchor, deadman, 1768);
IRX_SIZE(struct irx_anchor, 1800);
IRX_OFFSET(struct irx_log, size, 0);
IRX_OFFSET(struct irx_log, reserved, 4);
IRX_OFFSET(struct irx_log, head, 8);
IRX_SIZE(struct irx_log, 16);
IRX_OFFSET(struct irx_fallback, size, 0);
IRX_OFFSET(struct irx_fallback, crc, 4);
IRX_OFFSET(struct irx_fallback, tables, 8);
IRX_OFFSET(struct irx_fallback, own, 16);
IRX_OFFSET(struct irx_fallback, code, 24);
IRX_OFFSET(struct irx_fallback, image, 32);
IRX_OFFSET(struct irx_fallback, image_size, 40);
IRX_OFFSET(struct irx_fallback, dest, 48);
IRX_OFFSET(struct irx_fallback, entry, 56);
IRX_OFFSET(struct irx_fallback, build_id, 64);
IRX_OFFSET(struct irx_fallback, cpu_count, 84);
IRX_OFFSET(struct irx_fallback, cpus, 88);
IRX_SIZE(struct irx_fallback, 96);
IRX_OFFSET(struct irx_failure, generation, 0);
IRX_OFFSET(struct irx_failure, tsc, 8);
IRX_OFFSET(struct irx_failure, attempt, 16);
IRX_OFFSET(struct irx_failure, stage, 20);
IRX_OFFSET(struct irx_failure, cause, 24);
IRX_OFFSET(struct irx_failure, text_size, 28);
IRX_OFFSET(struct irx_failure, rip, 32);
IRX_OFFSET(struct irx_failure, rsp, 40);
IRX_OFFSET(struct irx_failure, cr2, 48);
IRX_OFFSET(struct irx_failure, cr3, 56);
IRX_OFFSET(struct irx_failure, cr4, 64);
IRX_OFFSET(struct irx_failure, build_id, 72);
IRX_OFFSET(struct irx_failure, reserved, 92);
IRX_SIZE(struct irx_failure, 96);
IRX_OFFSET(struct irx_preserved, mfn, 0);
IRX_OFFSET(struct irx_preserved, nr, 8);
IRX_OFFSET(struct irx_preserved, owner, 16);
IRX_OFFSET(struct irx_preserved, kind, 18);
IRX_OFFSET(struct irx_preserved, reserved, 20);
IRX_SIZE(struct irx_preserved, 24);
IRX_OFFSET(struct irx_memmap_entry, addr, 0);
IRX_OFFSET(struct irx_memmap_entry, size, 8);
IRX_OFFSET(struct irx_memmap_entry, type, 16);
IRX_OFFSET(struct irx_memmap_entry, reserved, 20);
IRX_SIZE(struct irx_memmap_entry, 24);
IRX_OFFSET(struct irx_cpu_record, apic_id, 0);
IRX_OFFSET(struct irx_cpu_record, held, 4);
IRX_OFFSET(struct irx_cpu_record, cpu_entry, 8);
IRX_OFFSET(struct irx_cpu_record, offline, 12);
IRX_SIZE(struct irx_cpu_record, 16);
IRX_OFFSET(struct irx_time_record, tsc_khz, 0);
IRX_OFFSET(struct irx_time_record, scale, 8);
IRX_OFFSET(struct irx_time_record, wc_sec, 32);
IRX_OFFSET(struct irx_time_record, wc_nsec, 40);
IRX_OFFSET(struct irx_time_record, reserved, 44);
IRX_OFFSET(struct irx_time_record, apic_timer_hz, 48);
IRX_SIZE(struct irx_time_record, 56);
IRX_OFFSET(struct irx_firmware_record, rsdp, 0);
IRX_OFFSET(struct irx_firmware_record, efi_table, 8);
IRX_OFFSET(struct irx_firmware_record, smbios, 16);
IRX_OFFSET(struct irx_firmware_record, bda_ebda_seg, 24);
IRX_OFFSET(struct irx_firmware_record, bda_base_kib, 28);
IRX_SIZE(struct irx_firmware_record, 32);
IRX_OFFSET(struct irx_console_record, xen_cmdline, 0);
IRX_SIZE(struct irx_console_record, 1024);
IRX_OFFSET(struct irx_machine_check, tsc, 0);
IRX_OFFSET(struct irx_machine_check, mcg_status, 8);
IRX_OFFSET(struct irx_machine_check, status, 16);
IRX_OFFSET(struct irx_machine_check, addr, 24);
IRX_OFFSET(struct irx_machine_check, misc, 32);
IRX_OFFSET(struct irx_machine_check, rip, 40);
IRX_OFFSET(struct irx_machine_check, bank, 48);
IRX_OFFSET(struct irx_machine_check, count, 52);
IRX_OFFSET(struct irx_machine_check, domid, 56);
IRX_OFFSET(struct irx_machine_check, vcpu_id, 58);
IRX_OFFSET(struct irx_machine_check, banks, 60);
IRX_SIZE(struct irx_machine_check, 64);
IRX_OFFSET(struct irx_cpu, state, 0);
IRX_OFFSET(struct irx_cpu, apic_id, 4);
IRX_OFFSET(struct irx_cpu, xen_cpu, 8);
IRX_OFFSET(struct irx_cpu, request, 12);
IRX_OFFSET(struct irx_cpu, error, 16);
IRX_OFFSET(struct irx_cpu, package_core, 20);
IRX_OFFSET(struct irx_cpu, irq_pending, 24);
IRX_OFFSET(struct irx_cpu, busy_tsc, 56);
IRX_OFFSET(struct irx_cpu, idle_tsc, 64);
IRX_OFFSET(struct irx_cpu, switches, 72);
IRX_OFFSET(struct irx_cpu, doorbells, 80);
IRX_OFFSET(struct irx_cpu, timer_irqs, 88);
IRX_OFFSET(struct irx_cpu, nmis, 96);
IRX_OFFSET(struct irx_cpu, heartbeat_tsc, 104);
IRX_OFFSET(struct irx_cpu, reserved, 112);
IRX_OFFSET(struct irx_cpu, mce, 128);
IRX_SIZE(struct irx_cpu, 192);
IRX_OFFSET(struct irx_extent, gfn, 0);
IRX_OFFSET(struct irx_extent, mfn, 8);
IRX_OFFSET(struct irx_extent, nr, 16);
IRX_OFFSET(struct irx_extent, type, 24);
IRX_OFFSET(struct irx_extent, owner, 28);
IRX_OFFSET(struct irx_extent, access, 30);
IRX_SIZE(struct irx_extent, 32);
IRX_OFFSET(struct irx_port, state, 0);
IRX_OFFSET(struct irx_port, priority, 1);
IRX_OFFSET(struct irx_port, notify_vcpu, 2);
IRX_OFFSET(struct irx_port, remote_port, 4);
IRX_OFFSET(struct irx_port, remote_domid, 8);
IRX_OFFSET(struct irx_port, last_vcpu, 10);
IRX_OFFSET(struct irx_port, last_priority, 12);
IRX_OFFSET(struct irx_port, flags, 13);
IRX_OFFSET(struct irx_port, consumer, 14);
IRX_OFFSET(struct irx_port, reserved, 15);
IRX_SIZE(struct irx_port, 16);
IRX_OFFSET(struct irx_guest_time, offset, 0);
IRX_OFFSET(struct irx_guest_time, last, 8);
IRX_OFFSET(struct irx_guest_time, to_tsc_mul, 16);
IRX_OFFSET(struct irx_guest_time, to_tsc_shift, 20);
IRX_OFFSET(struct irx_guest_time, to_ns_mul, 24);
IRX_OFFSET(struct irx_guest_time, to_ns_shift, 28);
IRX_SIZE(struct irx_guest_time, 32);
IRX_OFFSET(struct irx_answers, flags, 0);
IRX_OFFSET(struct irx_answers, xen_features, 4);
IRX_SIZE(struct irx_answers, 8);
IRX_OFFSET(struct irx_domain, state, 0);
IRX_OFFSET(struct irx_domain, domid, 4);
IRX_OFFSET(struct irx_domain, callback_vector, 6);
IRX_OFFSET(struct irx_domain, error, 8);
IRX_OFFSET(struct irx_domain, flags, 12);
IRX_OFFSET(struct irx_domain, generation, 16);
IRX_OFFSET(struct irx_domain, handle, 24);
IRX_OFFSET(struct irx_domain, vcpu_first, 40);
IRX_OFFSET(struct irx_domain, vcpu_count, 44);
IRX_OFFSET(struct irx_domain, extents, 48);
IRX_OFFSET(struct irx_domain, extent_count, 56);
IRX_OFFSET(struct irx_domain, extents_crc, 60);
IRX_OFFSET(struct irx_domain, p2m_generation, 64);
IRX_OFFSET(struct irx_domain, leaves, 72);
IRX_OFFSET(struct irx_domain, msrs, 80);
IRX_OFFSET(struct irx_domain, leaf_count, 88);
IRX_OFFSET(struct irx_domain, msr_count, 92);
IRX_OFFSET(struct irx_domain, policy_crc, 96);
IRX_OFFSET(struct irx_domain, xen_version, 100);
IRX_OFFSET(struct irx_domain, ports, 104);
IRX_OFFSET(struct irx_domain, port_count, 112);
IRX_OFFSET(struct irx_domain, evtchn_abi, 116);
IRX_OFFSET(struct irx_domain, to_guest, 120);
IRX_OFFSET(struct irx_domain, to_xen, 128);
IRX_OFFSET(struct irx_domain, to_guest_summary, 136);
IRX_OFFSET(struct irx_domain, to_xen_summary, 144);
IRX_OFFSET(struct irx_domain, fifo_array, 152);
IRX_OFFSET(struct irx_domain, fifo_array_count, 160);
IRX_OFFSET(struct irx_domain, reserved1, 164);
IRX_OFFSET(struct irx_domain, shared_info_gfn, 168);
IRX_OFFSET(struct irx_domain, shared_info_mfn, 176);
IRX_OFFSET(struct irx_domain, wallclock_sec, 184);
IRX_OFFSET(struct irx_domain, tsc_mode, 192);
IRX_OFFSET(struct irx_domain, reserved2, 196);
IRX_OFFSET(struct irx_domain, params, 200);
IRX_OFFSET(struct irx_domain, params_readable, 712);
IRX_OFFSET(struct irx_domain, pause_tsc, 720);
IRX_OFFSET(struct irx_domain, run_tsc, 728);
IRX_OFFSET(struct irx_domain, freeze_tsc, 736);
IRX_OFFSET(struct irx_domain, resume_tsc, 744);
IRX_OFFSET(struct irx_domain, guest_time, 752);
IRX_OFFSET(struct irx_domain, watchdog, 784);
IRX_OFFSET(struct irx_domain, reserved, 800);
IRX_OFFSET(struct irx_domain, answers, 1024);
IRX_OFFSET(struct irx_domain, sched_weight, 1032);
IRX_OFFSET(struct irx_domain, sched_cap, 1036);
IRX_SIZE(struct irx_domain, 1040);
IRX_OFFSET(struct irx_msr, index, 0);
IRX_OFFSET(struct irx_msr, reserved, 4);
IRX_OFFSET(struct irx_msr, value, 8);
IRX_SIZE(struct irx_msr, 16);
IRX_OFFSET(struct irx_apic_timer, flags, 0);
IRX_OFFSET(struct irx_apic_timer, ticks, 4);
IRX_OFFSET(struct irx_apic_timer, due, 8);
IRX_OFFSET(struct irx_apic_timer, counted_from, 16);
IRX_SIZE(struct irx_apic_timer, 24);
IRX_OFFSET(struct irx_vcpu, state, 0);
IRX_OFFSET(struct irx_vcpu, flags, 4);
IRX_OFFSET(struct irx_vcpu, vcpu_id, 8);
IRX_OFFSET(struct irx_vcpu, cpu_hint, 12);
IRX_OFFSET(struct irx_vcpu, park_class, 16);
IRX_OFFSET(struct irx_vcpu, park_detail, 20);
IRX_OFFSET(struct irx_vcpu, exit_code, 24);
IRX_OFFSET(struct irx_vcpu, exit_info1, 32);
IRX_OFFSET(struct irx_vcpu, exit_info2, 40);
IRX_OFFSET(struct irx_vcpu, park_tsc, 48);
IRX_OFFSET(struct irx_vcpu, tsc_offset, 56);
IRX_OFFSET(struct irx_vcpu, time, 64);
IRX_OFFSET(struct irx_vcpu, singleshot_deadline, 88);
IRX_OFFSET(struct irx_vcpu, periodic_period, 96);
IRX_OFFSET(struct irx_vcpu, periodic_last, 104);
IRX_OFFSET(struct irx_vcpu, poll_deadline, 112);
IRX_OFFSET(struct irx_vcpu, poll_port, 120);
IRX_OFFSET(struct irx_vcpu, upcall_vector, 124);
IRX_OFFSET(struct irx_vcpu, vcpu_info_gfn, 128);
IRX_OFFSET(struct irx_vcpu, vcpu_info_mfn, 136);
IRX_OFFSET(struct irx_vcpu, vcpu_info_offset, 144);
IRX_OFFSET(struct irx_vcpu, fifo_control_offset, 148);
IRX_OFFSET(struct irx_vcpu, fifo_control_gfn, 152);
IRX_OFFSET(struct irx_vcpu, fifo_tail, 160);
IRX_OFFSET(struct irx_vcpu, runstate, 224);
IRX_OFFSET(struct irx_vcpu, reserved1, 228);
IRX_OFFSET(struct irx_vcpu, runstate_entry_time, 232);
IRX_OFFSET(struct irx_vcpu, runstate_time, 240);
IRX_OFFSET(struct irx_vcpu, stop_tsc, 272);
IRX_OFFSET(struct irx_vcpu, first_tsc, 280);
IRX_OFFSET(struct irx_vcpu, last_tsc, 288);
IRX_OFFSET(struct irx_vcpu, resume_tsc, 296);
IRX_OFFSET(struct irx_vcpu, served, 304);
IRX_OFFSET(struct irx_vcpu, parked, 464);
IRX_OFFSET(struct irx_vcpu, run_tsc, 624);
IRX_OFFSET(struct irx_vcpu, exit_tsc, 632);
IRX_OFFSET(struct irx_vcpu, events_in, 640);
IRX_OFFSET(struct irx_vcpu, events_out, 648);
IRX_OFFSET(struct irx_vcpu, upcalls, 656);
IRX_OFFSET(struct irx_vcpu, timers_fired, 664);
IRX_OFFSET(struct irx_vcpu, max_wait_tsc, 672);
IRX_OFFSET(struct irx_vcpu, runstate_area, 680);
IRX_OFFSET(struct irx_vcpu, time_area, 688);
IRX_OFFSET(struct irx_vcpu, msr_count, 696);
IRX_OFFSET(struct irx_vcpu, xsave_size, 700);
IRX_OFFSET(struct irx_vcpu, cpu, 704);
IRX_OFFSET(struct irx_vcpu, lapic, 1736);
IRX_OFFSET(struct irx_vcpu, lapic_regs, 1760);
IRX_OFFSET(struct irx_vcpu, mtrr, 2784);
IRX_OFFSET(struct irx_vcpu, tsc_adjust, 3024);
IRX_OFFSET(struct irx_vcpu, msrs, 3032);
IRX_OFFSET(struct irx_vcpu, xsave, 3544);
IRX_OFFSET(struct irx_vcpu, guest_time_offset, 7640);
IRX_OFFSET(struct irx_vcpu, debugctl, 7648);
IRX_OFFSET(struct irx_vcpu, last_branch, 7656);
IRX_OFFSET(struct irx_vcpu, cpus_allowed, 7688);
IRX_OFFSET(struct irx_vcpu, apic_timer, 7720);
IRX_OFFSET(struct irx_vcpu, xen_wait_ns, 7744);
IRX_SIZE(struct irx_vcpu, 7752);
IRX_OFFSET(struct irx_domain_record, domid, 0);
IRX_OFFSET(struct irx_domain_record, disposition, 2);
IRX_OFFSET(struct irx_domain_record, entry, 4);
IRX_OFFSET(struct irx_domain_record, handle, 8);
IRX_OFFSET(struct irx_domain_record, flags, 24);
IRX_OFFSET(struct irx_domain_record, iommu_opts, 28);
IRX_OFFSET(struct irx_domain_record, max_vcpus, 32);
IRX_OFFSET(struct irx_domain_record, max_evtchn_port, 36);
IRX_OFFSET(struct irx_domain_record, max_grant_frames, 40);
IRX_OFFSET(struct irx_domain_record, max_maptrack_frames, 44);
IRX_OFFSET(struct irx_domain_record, grant_opts, 48);
IRX_OFFSET(struct irx_domain_record, cpupool_id, 52);
IRX_OFFSET(struct irx_domain_record, emulation_flags, 56);
IRX_OFFSET(struct irx_domain_record, misc_flags, 60);
IRX_OFFSET(struct irx_domain_record, ssidref, 64);
IRX_OFFSET(struct irx_domain_record, tsc_mode, 68);
IRX_OFFSET(struct irx_domain_record, max_pages, 72);
IRX_OFFSET(struct irx_domain_record, paging_pool_pages, 80);
IRX_OFFSET(struct irx_domain_record, time_offset_seconds, 88);
IRX_OFFSET(struct irx_domain_record, tsc_khz, 96);
IRX_OFFSET(struct irx_domain_record, tsc_incarnation, 100);
IRX_OFFSET(struct irx_domain_record, vtsc_offset, 104);
IRX_OFFSET(struct irx_domain_record, shutdown_code, 112);
IRX_OFFSET(struct irx_domain_record, controller_pause_count, 116);
IRX_OFFSET(struct irx_domain_record, vm_assist, 120);
IRX_OFFSET(struct irx_domain_record, suspend_evtchn, 128);
IRX_OFFSET(struct irx_domain_record, vmtrace_size, 132);
IRX_OFFSET(struct irx_domain_record, hv_limit, 136);
IRX_OFFSET(struct irx_domain_record, hv2_limit, 140);
IRX_OFFSET(struct irx_domain_record, node_affinity, 144);
IRX_OFFSET(struct irx_domain_record, target, 152);
IRX_OFFSET(struct irx_domain_record, virqs, 156);
IRX_SIZE(struct irx_domain_record, 160);
IRX_OFFSET(struct irx_affinity, vcpu_id, 0);
IRX_OFFSET(struct irx_affinity, hard_all, 4);
IRX_OFFSET(struct irx_affinity, soft_all, 8);
IRX_OFFSET(struct irx_affinity, reserved, 12);
IRX_OFFSET(struct irx_affinity, hard, 16);
IRX_OFFSET(struct irx_affinity, soft, 48);
IRX_SIZE(struct irx_affinity, 80);
IRX_OFFSET(struct irx_sched, sched_id, 0);
IRX_OFFSET(struct irx_sched, reserved, 4);
IRX_OFFSET(struct irx_sched, params, 8);
IRX_SIZE(struct irx_sched, 24);
IRX_OFFSET(struct irx_cpupool, id, 0);
IRX_OFFSET(struct irx_cpupool, sched_id, 4);
IRX_OFFSET(struct irx_cpupool, granularity, 8);
IRX_OFFSET(struct irx_cpupool, reserved, 12);
IRX_OFFSET(struct irx_cpupool, params, 16);
IRX_OFFSET(struct irx_cpupool, cpus, 32);
IRX_SIZE(struct irx_cpupool, 64);
IRX_OFFSET(struct irx_grant_table, version, 0);
IRX_OFFSET(struct irx_grant_table, nr_frames, 4);
IRX_OFFSET(struct irx_grant_table, nr_status_frames, 8);
IRX_OFFSET(struct irx_grant_table, maptrack_limit, 12);
IRX_SIZE(struct irx_grant_table, 16);
IRX_OFFSET(struct irx_grant_frame, mfn, 0);
IRX_OFFSET(struct irx_grant_frame, gfn, 8);
IRX_OFFSET(struct irx_grant_frame, index, 16);
IRX_OFFSET(struct irx_grant_frame, status, 20);
IRX_SIZE(struct irx_grant_frame, 24);
IRX_OFFSET(struct irx_grant_active, ref, 0);
IRX_OFFSET(struct irx_grant_active, pin, 4);
IRX_OFFSET(struct irx_grant_active, domid, 8);
IRX_OFFSET(struct irx_grant_active, start, 10);
IRX_OFFSET(struct irx_grant_active, length, 12);
IRX_OFFSET(struct irx_grant_active, is_sub_page, 14);
IRX_OFFSET(struct irx_grant_active, mfn, 16);
IRX_OFFSET(struct irx_grant_active, gfn, 24);
IRX_OFFSET(struct irx_grant_active, trans_gref, 32);
IRX_OFFSET(struct irx_grant_active, trans_domid, 36);
IRX_OFFSET(struct irx_grant_active, reserved, 38);
IRX_SIZE(struct irx_grant_active, 40);
IRX_OFFSET(struct irx_maptrack, handle, 0);
IRX_OFFSET(struct irx_maptrack, ref, 4);
IRX_OFFSET(struct irx_maptrack, domid, 8);
IRX_OFFSET(struct irx_maptrack, flags, 10);
IRX_OFFSET(struct irx_maptrack, vcpu_id, 12);
IRX_SIZE(struct irx_maptrack, 16);
IRX_OFFSET(struct irx_foreign, gfn, 0);
IRX_OFFSET(struct irx_foreign, mfn, 8);
IRX_OFFSET(struct irx_foreign, owner, 16);
IRX_OFFSET(struct irx_foreign, reserved, 18);
IRX_SIZE(struct irx_foreign, 24);
IRX_OFFSET(struct irx_vioapic, base_address, 0);
IRX_OFFSET(struct irx_vioapic, id, 8);
IRX_OFFSET(struct irx_vioapic, base_gsi, 12);
IRX_OFFSET(struct irx_vioapic, nr_pins, 16);
IRX_OFFSET(struct irx_vioapic, ioregsel, 20);
IRX_OFFSET(struct irx_vioapic, redirtbl, 24);
IRX_OFFSET(struct irx_vioapic, gsi_assert_count, 1048);
IRX_SIZE(struct irx_vioapic, 1176);
IRX_OFFSET(struct irx_pirq, pirq, 0);
IRX_OFFSET(struct irx_pirq, gsi, 4);
IRX_OFFSET(struct irx_pirq, evtchn, 8);
IRX_OFFSET(struct irx_pirq, flags, 12);
IRX_SIZE(struct irx_pirq, 16);
IRX_OFFSET(struct irx_right, first, 0);
IRX_OFFSET(struct irx_right, last, 8);
IRX_OFFSET(struct irx_right, kind, 16);
IRX_OFFSET(struct irx_right, reserved, 20);
IRX_SIZE(struct irx_right, 24);
IRX_OFFSET(struct irx_pci_device, sbdf, 0);
IRX_OFFSET(struct irx_pci_device, flags, 4);
IRX_OFFSET(struct irx_pci_device, physfn, 8);
IRX_OFFSET(struct irx_pci_device, msi_vectors, 10);
IRX_OFFSET(struct irx_pci_device, msi_data, 12);
IRX_OFFSET(struct irx_pci_device, reserved, 14);
IRX_OFFSET(struct irx_pci_device, msi_mask, 16);
IRX_OFFSET(struct irx_pci_device, reserved1, 20);
IRX_OFFSET(struct irx_pci_device, msi_address, 24);
IRX_SIZE(struct irx_pci_device, 32);
IRX_OFFSET(struct irx_pci_msix, sbdf, 0);
IRX_OFFSET(struct irx_pci_msix, entry, 4);
IRX_OFFSET(struct irx_pci_msix, address, 8);
IRX_OFFSET(struct irx_pci_msix, data, 16);
IRX_OFFSET(struct irx_pci_msix, masked, 20);
IRX_SIZE(struct irx_pci_msix, 24);
IRX_OFFSET(struct irx_pv_domain, flags, 0);
IRX_OFFSET(struct irx_pv_domain, cf8, 4);
IRX_OFFSET(struct irx_pv_domain, cmos_index, 8);
IRX_OFFSET(struct irx_pv_domain, tables, 12);
IRX_OFFSET(struct irx_pv_domain, reserved, 28);
IRX_OFFSET(struct irx_pv_domain, eoi_map_mfn, 32);
IRX_OFFSET(struct irx_pv_domain, kernel_pte, 40);
IRX_OFFSET(struct irx_pv_domain, grant_pte, 48);
IRX_OFFSET(struct irx_pv_domain, pit, 56);
IRX_SIZE(struct irx_pv_domain, 112);
IRX_OFFSET(struct irx_pv_run, mfn, 0);
IRX_OFFSET(struct irx_pv_run, pfn, 8);
IRX_OFFSET(struct irx_pv_run, nr, 16);
IRX_OFFSET(struct irx_pv_run, step, 20);
IRX_OFFSET(struct irx_pv_run, flags, 22);
IRX_SIZE(struct irx_pv_run, 24);
IRX_OFFSET(struct irx_pv_table, mfn, 0);
IRX_OFFSET(struct irx_pv_table, level, 8);
IRX_OFFSET(struct irx_pv_table, pinned, 10);
IRX_OFFSET(struct irx_pv_table, reserved, 12);
IRX_SIZE(struct irx_pv_table, 16);
IRX_OFFSET(struct irx_pv_vcpu, vcpu_id, 0);
IRX_OFFSET(struct irx_pv_vcpu, flags, 4);
IRX_OFFSET(struct irx_pv_vcpu, sysenter_eip, 8);
IRX_OFFSET(struct irx_pv_vcpu, syscall32_eip, 16);
IRX_OFFSET(struct irx_pv_vcpu, sysenter_cs, 24);
IRX_OFFSET(struct irx_pv_vcpu, syscall32_cs, 26);
IRX_OFFSET(struct irx_pv_vcpu, bounce_cs, 28);
IRX_OFFSET(struct irx_pv_vcpu, bounce_flags, 30);
IRX_OFFSET(struct irx_pv_vcpu, bounce_error, 32);
IRX_OFFSET(struct irx_pv_vcpu, iobmp_limit, 36);
IRX_OFFSET(struct irx_pv_vcpu, bounce_eip, 40);
IRX_OFFSET(struct irx_pv_vcpu, iobmp, 48);
IRX_OFFSET(struct irx_pv_vcpu, async_mask, 56);
IRX_OFFSET(struct irx_pv_vcpu, async_pending, 57);
IRX_OFFSET(struct irx_pv_vcpu, async_old_mask, 58);
IRX_OFFSET(struct irx_pv_vcpu, context, 64);
IRX_SIZE(struct irx_pv_vcpu, 5232);
IRX_OFFSET(struct irx_pv_pirq, pirq, 0);
IRX_OFFSET(struct irx_pv_pirq, kind, 4);
IRX_OFFSET(struct irx_pv_pirq, entry, 8);
IRX_OFFSET(struct irx_pv_pirq, flags, 12);
IRX_OFFSET(struct irx_pv_pirq, evtchn, 16);
IRX_OFFSET(struct irx_pv_pirq, sbdf, 20);
IRX_OFFSET(struct irx_pv_pirq, table_base, 24);
IRX_SIZE(struct irx_pv_pirq, 32);
IRX_OFFSET(struct irx_pv_mmcfg, address, 0);
IRX_OFFSET(struct irx_pv_mmcfg, segment, 8);
IRX_OFFSET(struct irx_pv_mmcfg, start_bus, 10);
IRX_OFFSET(struct irx_pv_mmcfg, end_bus, 11);
IRX_OFFSET(struct irx_pv_mmcfg, flags, 12);
IRX_SIZE(struct irx_pv_mmcfg, 16);
IRX_OFFSET(struct irx_dom0_state, start_info_gpa, 0);
IRX_OFFSET(struct irx_dom0_state, acpi_pm_base, 8);
IRX_OFFSET(struct irx_dom0_state, reserved, 12);
IRX_SIZE(struct irx_dom0_state, 16);
IRX_OFFSET(struct irx_op_reason, domid, 0);
IRX_OFFSET(struct irx_op_reason, code, 2);
IRX_OFFSET(struct irx_op_reason, reserved, 4);
IRX_OFFSET(struct irx_op_reason, detail, 8);
IRX_SIZE(struct irx_op_reason, 16);
IRX_OFFSET(struct irx_op_info, region_base, 0);
IRX_OFFSET(struct irx_op_info, region_size, 8);
IRX_OFFSET(struct irx_op_info, host_state, 16);
IRX_OFFSET(struct irx_op_info, online_cpus, 20);
IRX_OFFSET(struct irx_op_info, slot_base, 24);
IRX_OFFSET(struct irx_op_info, slot_size, 32);
IRX_OFFSET(struct irx_op_info, generation, 40);
IRX_OFFSET(struct irx_op_info, system_time, 48);
IRX_OFFSET(struct irx_op_info, tsc, 56);
IRX_OFFSET(struct irx_op_info, tsc_khz, 64);
IRX_OFFSET(struct irx_op_info, boot_tsc, 72);
IRX_OFFSET(struct irx_op_info, dom0_tsc, 80);
IRX_OFFSET(struct irx_op_info, exec_tsc, 88);
IRX_OFFSET(struct irx_op_info, rebuild_tsc, 96);
IRX_OFFSET(struct irx_op_info, rebuilt_tsc, 104);
IRX_OFFSET(struct irx_op_info, note, 112);
IRX_SIZE(struct irx_op_info, 160);
IRX_OFFSET(struct irx_op_load, image, 0);
IRX_OFFSET(struct irx_op_load, image_size, 8);
IRX_OFFSET(struct irx_op_load, mem_size, 16);
IRX_OFFSET(struct irx_op_load, entry, 24);
IRX_OFFSET(struct irx_op_load, note, 32);
IRX_SIZE(struct irx_op_load, 80);
IRX_OFFSET(struct irx_op_check, reasons, 0);
IRX_OFFSET(struct irx_op_check, capacity, 8);
IRX_OFFSET(struct irx_op_check, count, 12);
IRX_SIZE(struct irx_op_check, 16);
IRX_OFFSET(struct irx_op_cpus, count, 0);
IRX_OFFSET(struct irx_op_cpus, cpu, 4);
IRX_OFFSET(struct irx_op_cpus, max, 64);
IRX_OFFSET(struct irx_op_cpus, left, 68);
IRX_SIZE(struct irx_op_cpus, 72);
IRX_OFFSET(struct irx_op_domain, domid, 0);
IRX_OFFSET(struct irx_op_domain, timeout_ms, 4);
IRX_OFFSET(struct irx_op_domain, start_tsc, 8);
IRX_OFFSET(struct irx_op_domain, end_tsc, 16);
IRX_SIZE(struct irx_op_domain, 24);
IRX_OFFSET(struct irx_op_read, off, 0);
IRX_OFFSET(struct irx_op_read, size, 8);
IRX_OFFSET(struct irx_op_read, buffer, 16);
IRX_SIZE(struct irx_op_read, 24);
IRX_OFFSET(struct irx_op_fallback, image, 0);
IRX_OFFSET(struct irx_op_fallback, image_size, 8);
IRX_OFFSET(struct irx_op_fallback, entry, 16);
IRX_OFFSET(struct irx_op_fallback, dest, 24);
IRX_OFFSET(struct irx_op_fallback, room, 32);
IRX_OFFSET(struct irx_op_fallback, need, 40);
IRX_OFFSET(struct irx_op_fallback, build_id, 48);
IRX_OFFSET(struct irx_op_fallback, attempts_max, 68);
IRX_OFFSET(struct irx_op_fallback, silence_ms, 72);
IRX_OFFSET(struct irx_op_fallback, reserved, 76);
IRX_SIZE(struct irx_op_fallback, 80);
IRX_OFFSET(struct irx_op_deadman, limit_ms, 0);
IRX_OFFSET(struct irx_op_deadman, reserved, 4);
IRX_SIZE(struct irx_op_deadman, 8);
IRX_OFFSET(struct irx_audit_page, refs, 0);
IRX_OFFSET(struct irx_audit_page, type_refs, 8);
IRX_OFFSET(struct irx_audit_page, type, 16);
IRX_OFFSET(struct irx_audit_page, flags, 20);
IRX_SIZE(struct irx_audit_page, 24);
IRX_OFFSET(struct irx_audit_difference, mfn, 0);
IRX_OFFSET(struct irx_audit_difference, pfn, 8);
IRX_OFFSET(struct irx_audit_difference, domid, 16);
IRX_OFFSET(struct irx_audit_difference, reserved, 18);
IRX_OFFSET(struct irx_audit_difference, what, 20);
IRX_OFFSET(struct irx_audit_difference, expected, 24);
IRX_OFFSET(struct irx_audit_difference, found, 48);
IRX_SIZE(struct irx_audit_difference, 72);
IRX_OFFSET(struct irx_op_audit, differences, 0);
IRX_OFFSET(struct irx_op_audit, capacity, 8);
IRX_OFFSET(struct irx_op_audit, spoil, 12);
IRX_OFFSET(struct irx_op_audit, timeout_ms, 16);
IRX_OFFSET(struct irx_op_audit, domains, 20);
IRX_OFFSET(struct irx_op_audit, spoilt, 24);
IRX_OFFSET(struct irx_op_audit, count, 32);
IRX_OFFSET(struct irx_op_audit, pages, 40);
IRX_OFFSET(struct irx_op_audit, tables, 48);
IRX_OFFSET(struct irx_op_audit, partial, 80);
IRX_OFFSET(struct irx_op_audit, pins, 88);
IRX_OFFSET(struct irx_op_audit, entries, 96);
IRX_OFFSET(struct irx_op_audit, foreign, 104);
IRX_OFFSET(struct irx_op_audit, mappings, 112);
IRX_OFFSET(struct irx_op_audit, paused_ns, 120);
IRX_SIZE(struct irx_op_audit, 128);
IRX_OFFSET(struct irx_op_walks, pv_pages, 0);
IRX_OFFSET(struct irx_op_walks, pv_tables, 8);
IRX_SIZE(struct irx_op_walks, 16);
IRX_OFFSET(struct irx_op_heap, to_come, 0);
IRX_OFFSET(struct irx_op_heap, full_tsc, 8);
IRX_SIZE(struct irx_op_heap, 16);
IRX_OFFSET(struct irx_op, cmd, 0);
IRX_OFFSET(struct irx_op, version, 4);
IRX_OFFSET(struct irx_op, u, 8);
IRX_SIZE(struct irx_op, 256);

static const struct irx_form irx_anchor_forms[] = {{IRX_VERSION(1, 0), 376}, {IRX_VERSION(1, 1), 1800}};
static const struct irx_zeros irx_anchor_zeros[] = {{300, 4}, {324, 4}, {372, 4}, {1644, 4}};
const struct irx_layout irx_layout_irx_anchor = {
    "irx_anchor", irx_anchor_forms, irx_anchor_zeros, 2, 4};
static const struct irx_form irx_log_forms[] = {{IRX_VERSION(1, 0), 16}};
static const struct irx_zeros irx_log_zeros[] = {{4, 4}};
const struct irx_layout irx_layout_irx_log = {
    "irx_log", irx_log_forms, irx_log_zeros, 1, 1};
static const struct irx_form irx_fallback_forms[] = {{IRX_VERSION(1, 0), 96}};
const struct irx_layout irx_layout_irx_fallback = {
    "irx_fallback", irx_fallback_forms, NULL, 1, 0};
static const struct irx_form irx_failure_forms[] = {{IRX_VERSION(1, 0), 96}};
static const struct irx_zeros irx_failure_zeros[] = {{92, 4}};
const struct irx_layout irx_layout_irx_failure = {
    "irx_failure", irx_failure_forms, irx_failure_zeros, 1, 1};
static const struct irx_form irx_preserved_forms[] = {{IRX_VERSION(1, 0), 24}};
static const struct irx_zeros irx_preserved_zeros[] = {{20, 4}};
static const struct irx_layout irx_layout_irx_preserved = {
    "irx_preserved", irx_preserved_forms, irx_preserved_zeros, 1, 1};
static const struct irx_form irx_memmap_entry_forms[] = {{IRX_VERSION(1, 0), 24}};
static const struct irx_zeros irx_memmap_entry_zeros[] = {{20, 4}};
static const struct irx_layout irx_layout_irx_memmap_entry = {
    "irx_memmap_entry", irx_memmap_entry_forms, irx_memmap_entry_zeros, 1, 1};
static const struct irx_form irx_cpu_record_forms[] = {{IRX_VERSION(1, 0), 16}};
static const struct irx_layout irx_layout_irx_cpu_record = {
    "irx_cpu_record", irx_cpu_record_forms, NULL, 1, 0};
static const struct irx_form irx_time_record_forms[] = {{IRX_VERSION(1, 0), 56}};
static const struct irx_zeros irx_time_record_zeros[] = {{44, 4}};
static const struct irx_layout irx_layout_irx_time_record = {
    "irx_time_record", irx_time_record_forms, irx_time_record_zeros, 1, 1};
static const struct irx_form irx_firmware_record_forms[] = {{IRX_VERSION(1, 0), 32}};
static const struct irx_layout irx_layout_irx_firmware_record = {
    "irx_firmware_record", irx_firmware_record_forms, NULL, 1, 0};
static const struct irx_form irx_console_record_forms[] = {{IRX_VERSION(1, 0), 1024}};
static const struct irx_layout irx_layout_irx_console_record = {
    "irx_console_record", irx_console_record_forms, NULL, 1, 0};
static const struct irx_form irx_cpu_forms[] = {{IRX_VERSION(1, 0), 128}, {IRX_VERSION(1, 1), 192}};
static const struct irx_zeros irx_cpu_zeros[] = {{112, 16}};
const struct irx_layout irx_layout_irx_cpu = {
    "irx_cpu", irx_cpu_forms, irx_cpu_zeros, 2, 1};
static const struct irx_form irx_extent_forms[] = {{IRX_VERSION(1, 0), 32}};
const struct irx_layout irx_layout_irx_extent = {
    "irx_extent", irx_extent_forms, NULL, 1, 0};
static const struct irx_form irx_port_forms[] = {{IRX_VERSION(1, 0), 16}};
static const struct irx_zeros irx_port_zeros[] = {{15, 1}};
const struct irx_layout irx_layout_irx_port = {
    "irx_port", irx_port_forms, irx_port_zeros, 1, 1};
static const struct irx_form irx_domain_forms[] = {{IRX_VERSION(1, 0), 1024}, {IRX_VERSION(1, 1), 1040}};
static const struct irx_zeros irx_domain_zeros[] = {{164, 4}, {196, 4}, {800, 224}};
const struct irx_layout irx_layout_irx_domain = {
    "irx_domain", irx_domain_forms, irx_domain_zeros, 2, 3};
static const struct irx_form irx_vcpu_forms[] = {{IRX_VERSION(1, 0), 7648}, {IRX_VERSION(1, 1), 7752}};
static const struct irx_zeros irx_vcpu_zeros[] = {{228, 4}, {3036, 4}, {3052, 4}, {3068, 4}, {3084, 4}, {3100, 4}, {3116, 4}, {3132, 4}, {3148, 4}, {3164, 4}, {3180, 4}, {3196, 4}, {3212, 4}, {3228, 4}, {3244, 4}, {3260, 4}, {3276, 4}, {3292, 4}, {3308, 4}, {3324, 4}, {3340, 4}, {3356, 4}, {3372, 4}, {3388, 4}, {3404, 4}, {3420, 4}, {3436, 4}, {3452, 4}, {3468, 4}, {3484, 4}, {3500, 4}, {3516, 4}, {3532, 4}};
const struct irx_layout irx_layout_irx_vcpu = {
    "irx_vcpu", irx_vcpu_forms, irx_vcpu_zeros, 2, 33};
static const struct irx_form irx_domain_record_forms[] = {{IRX_VERSION(1, 0), 160}};
static const struct irx_layout irx_layout_irx_domain_record = {
    "irx_domain_record", irx_domain_record_forms, NULL, 1, 0};
static const struct irx_form irx_affinity_forms[] = {{IRX_VERSION(1, 0), 80}};
static const struct irx_zeros irx_affinity_zeros[] = {{12, 4}};
static const struct irx_layout irx_layout_irx_affinity = {
    "irx_affinity", irx_affinity_forms, irx_affinity_zeros, 1, 1};
static const struct irx_form irx_sched_forms[] = {{IRX_VERSION(1, 0), 24}};
static const struct irx_zeros irx_sched_zeros[] = {{4, 4}};
static const struct irx_layout irx_layout_irx_sched = {
    "irx_sched", irx_sched_forms, irx_sched_zeros, 1, 1};
static const struct irx_form irx_cpupool_forms[] = {{IRX_VERSION(1, 0), 64}};
static const struct irx_zeros irx_cpupool_zeros[] = {{12, 4}};
static const struct irx_layout irx_layout_irx_cpupool = {
    "irx_cpupool", irx_cpupool_forms, irx_cpupool_zeros, 1, 1};
static const struct irx_form irx_grant_table_forms[] = {{IRX_VERSION(1, 0), 16}};
static const struct irx_layout irx_layout_irx_grant_table = {
    "irx_grant_table", irx_grant_table_forms, NULL, 1, 0};
static const struct irx_form irx_grant_frame_forms[] = {{IRX_VERSION(1, 0), 24}};
static const struct irx_layout irx_layout_irx_grant_frame = {
    "irx_grant_frame", irx_grant_frame_forms, NULL, 1, 0};
static const struct irx_form irx_grant_active_forms[] = {{IRX_VERSION(1, 0), 40}};
static const struct irx_zeros irx_grant_active_zeros[] = {{38, 2}};
static const struct irx_layout irx_layout_irx_grant_active = {
    "irx_grant_active", irx_grant_active_forms, irx_grant_active_zeros, 1, 1};
static const struct irx_form irx_maptrack_forms[] = {{IRX_VERSION(1, 0), 16}};
static const struct irx_layout irx_layout_irx_maptrack = {
    "irx_maptrack", irx_maptrack_forms, NULL, 1, 0};
static const struct irx_form irx_foreign_forms[] = {{IRX_VERSION(1, 0), 24}};
static const struct irx_zeros irx_foreign_zeros[] = {{18, 6}};
static const struct irx_layout irx_layout_irx_foreign = {
    "irx_foreign", irx_foreign_forms, irx_foreign_zeros, 1, 1};
static const struct irx_form irx_vioapic_forms[] = {{IRX_VERSION(1, 0), 1176}};
static const struct irx_layout irx_layout_irx_vioapic = {
    "irx_vioapic", irx_vioapic_forms, NULL, 1, 0};
static const struct irx_form irx_pirq_forms[] = {{IRX_VERSION(1, 0), 16}};
static const struct irx_layout irx_layout_irx_pirq = {
    "irx_pirq", irx_pirq_forms, NULL, 1, 0};
static const struct irx_form irx_right_forms[] = {{IRX_VERSION(1, 0), 24}};
static const struct irx_zeros irx_right_zeros[] = {{20, 4}};
static const struct irx_layout irx_layout_irx_right = {
    "irx_right", irx_right_forms, irx_right_zeros, 1, 1};
static const struct irx_form irx_pci_device_forms[] = {{IRX_VERSION(1, 0), 32}};
static const struct irx_zeros irx_pci_device_zeros[] = {{14, 2}, {20, 4}};
static const struct irx_layout irx_layout_irx_pci_device = {
    "irx_pci_device", irx_pci_device_forms, irx_pci_device_zeros, 1, 2};
static const struct irx_form irx_pci_msix_forms[] = {{IRX_VERSION(1, 0), 24}};
static const struct irx_layout irx_layout_irx_pci_msix = {
    "irx_pci_msix", irx_pci_msix_forms, NULL, 1, 0};
static const struct irx_form irx_pv_domain_forms[] = {{IRX_VERSION(1, 0), 112}};
static const struct irx_zeros irx_pv_domain_zeros[] = {{28, 4}};
static const struct irx_layout irx_layout_irx_pv_domain = {
    "irx_pv_domain", irx_pv_domain_forms, irx_pv_domain_zeros, 1, 1};
static const struct irx_form irx_pv_run_forms[] = {{IRX_VERSION(1, 0), 24}};
static const struct irx_layout irx_layout_irx_pv_run = {
    "irx_pv_run", irx_pv_run_forms, NULL, 1, 0};
static const struct irx_form irx_pv_table_forms[] = {{IRX_VERSION(1, 0), 16}};
static const struct irx_zeros irx_pv_table_zeros[] = {{12, 4}};
static const struct irx_layout irx_layout_irx_pv_table = {
    "irx_pv_table", irx_pv_table_forms, irx_pv_table_zeros, 1, 1};
static const struct irx_form irx_pv_vcpu_forms[] = {{IRX_VERSION(1, 0), 5232}};
static const struct irx_layout irx_layout_irx_pv_vcpu = {
    "irx_pv_vcpu", irx_pv_vcpu_forms, NULL, 1, 0};
static const struct irx_form irx_pv_pirq_forms[] = {{IRX_VERSION(1, 0), 32}};
static const struct irx_layout irx_layout_irx_pv_pirq = {
    "irx_pv_pirq", irx_pv_pirq_forms, NULL, 1, 0};
static const struct irx_form irx_pv_mmcfg_forms[] = {{IRX_VERSION(1, 0), 16}};
static const struct irx_layout irx_layout_irx_pv_mmcfg = {
    "irx_pv_mmcfg", irx_pv_mmcfg_forms, NULL, 1, 0};
static const struct irx_form irx_dom0_state_forms[] = {{IRX_VERSION(1, 0), 16}};
static const struct irx_zeros irx_dom0_state_zeros[] = {{12, 4}};
static const struct irx_layout irx_layout_irx_dom0_state = {
    "irx_dom0_state", irx_dom0_state_forms, irx_dom0_state_zeros, 1, 1};

static const struct irx_type_info types[] = {
    {IRX_REC_PRESERVED, IRX_SECTION_EARLY, IRX_VERSION(1, 0), IRX_TYPE_ARRAY,
     "preserved", &irx_layout_irx_preserved},
    {IRX_REC_MEMMAP, IRX_SECTION_EARLY, IRX_VERSION(1, 0), IRX_TYPE_ARRAY,
     "memmap", &irx_layout_irx_memmap_entry},
    {IRX_REC_CPUS, IRX_SECTION_EARLY, IRX_VERSION(1, 0), IRX_TYPE_ARRAY,
     "cpus", &irx_layout_irx_cpu_record},
    {IRX_REC_TIME, IRX_SECTION_EARLY, IRX_VERSION(1, 0), 0,
     "time", &irx_layout_irx_time_record},
    {IRX_REC_FIRMWARE, IRX_SECTION_EARLY, IRX_VERSION(1, 0), 0,
     "firmware", &irx_layout_irx_firmware_record},
    {IRX_REC_CONSOLE, IRX_SECTION_EARLY, IRX_VERSION(1, 0), 0,
     "console", &irx_layout_irx_console_record},
    {IRX_REC_DOMAIN, IRX_SECTION_LATE, IRX_VERSION(1, 0), IRX_TYPE_FIRST,
     "domain", &irx_layout_irx_domain_record},
    {IRX_REC_AFFINITY, IRX_SECTION_LATE, IRX_VERSION(1, 0), IRX_TYPE_ARRAY,
     "affinity", &irx_layout_irx_affinity},
    {IRX_REC_SCHED, IRX_SECTION_LATE, IRX_VERSION(1, 0), 0,
     "sched", &irx_layout_irx_sched},
    {IRX_REC_GRANT_TABLE, IRX_SECTION_LATE, IRX_VERSION(1, 0), 0,
     "grant_table", &irx_layout_irx_grant_table},
    {IRX_REC_GRANT_FRAMES, IRX_SECTION_LATE, IRX_VERSION(1, 0), IRX_TYPE_ARRAY,
     "grant_frames", &irx_layout_irx_grant_frame},
    {IRX_REC_GRANT_ACTIVE, IRX_SECTION_LATE, IRX_VERSION(1, 0), IRX_TYPE_ARRAY,
     "grant_active", &irx_layout_irx_grant_active},
    {IRX_REC_MAPTRACK, IRX_SECTION_LATE, IRX_VERSION(1, 0), IRX_TYPE_ARRAY,
     "maptrack", &irx_layout_irx_maptrack},
    {IRX_REC_FOREIGN, IRX_SECTION_LATE, IRX_VERSION(1, 0), IRX_TYPE_ARRAY,
     "foreign", &irx_layout_irx_foreign},
    {IRX_REC_HVM_CONTEXT, IRX_SECTION_LATE, IRX_VERSION(1, 0), 0,
     "hvm_context", NULL},
    {IRX_REC_VIOAPIC, IRX_SECTION_LATE, IRX_VERSION(1, 0), IRX_TYPE_MANY,
     "vioapic", &irx_layout_irx_vioapic},
    {IRX_REC_PIRQ, IRX_SECTION_LATE, IRX_VERSION(1, 0), IRX_TYPE_ARRAY,
     "pirq", &irx_layout_irx_pirq},
    {IRX_REC_RIGHTS, IRX_SECTION_LATE, IRX_VERSION(1, 0), IRX_TYPE_ARRAY,
     "rights", &irx_layout_irx_right},
    {IRX_REC_E820, IRX_SECTION_LATE, IRX_VERSION(1, 0), IRX_TYPE_ARRAY,
     "e820", &irx_layout_irx_memmap_entry},
    {IRX_REC_DOM0_STATE, IRX_SECTION_LATE, IRX_VERSION(1, 0), 0,
     "dom0_state", &irx_layout_irx_dom0_state},
    {IRX_REC_CPUPOOLS, IRX_SECTION_LATE, IRX_VERSION(1, 0), IRX_TYPE_ARRAY,
     "cpupools", &irx_layout_irx_cpupool},
    {IRX_REC_PCI_DEVICE, IRX_SECTION_LATE, IRX_VERSION(1, 0), IRX_TYPE_ARRAY,
     "pci_device", &irx_layout_irx_pci_device},
    {IRX_REC_PCI_MSIX, IRX_SECTION_LATE, IRX_VERSION(1, 0), IRX_TYPE_ARRAY,
     "pci_msix", &irx_layout_irx_pci_msix},
    {IRX_REC_PV_DOMAIN, IRX_SECTION_LATE, IRX_VERSION(1, 1), 0,
     "pv_domain", &irx_layout_irx_pv_domain},
    {IRX_REC_PV_FRAMES, IRX_SECTION_LATE, IRX_VERSION(1, 1), IRX_TYPE_ARRAY,
     "pv_frames", &irx_layout_irx_pv_run},
    {IRX_REC_PV_TABLES, IRX_SECTION_LATE, IRX_VERSION(1, 1), IRX_TYPE_ARRAY,
     "pv_tables", &irx_layout_irx_pv_table},
    {IRX_REC_PV_VCPU, IRX_SECTION_LATE, IRX_VERSION(1, 1), IRX_TYPE_ARRAY,
     "pv_vcpu", &irx_layout_irx_pv_vcpu},
    {IRX_REC_PV_PIRQ, IRX_SECTION_LATE, IRX_VERSION(1, 1), IRX_TYPE_ARRAY,
     "pv_pirq", &irx_layout_irx_pv_pirq},
    {IRX_REC_PV_MMCFG, IRX_SECTION_LATE, IRX_VERSION(1, 1), IRX_TYPE_ARRAY,
     "pv_mmcfg", &irx_layout_irx_pv_mmcfg},
};

const struct irx_schema irx_schema_native = {
    IRX_VERSION(1, 1), IRX_VERSION(1, 0), 0xffull, types, 29,
};

_Static_assert(IRX_ABI_VERSION == 0x10001u, "generate.py");
