/* SPDX-License-Identifier: MIT */
/*
 * surface - every public struct and named enum in one symbol, for abidiff to walk over; nobody calls it.
 */
#include <claude-proxy/json.h>
#include <claude-proxy/plugin.h>
#include <claude-proxy/store.h>

struct surface {
    struct cp_plugin plugin;
    struct cp_adapter adapter;
    struct cp_endpoint endpoint;
    struct cp_option option;
    struct cp_host host;
    struct cp_json json;
    struct cp_item item;
    struct cp_call call;
    struct cp_frame frame;
    struct cp_failure failure;
    struct cp_verdict verdict;
    struct cp_store store;
    struct cp_record record;
    struct cp_try attempt;
    struct cp_filter filter;
    struct cp_sum sum;
    struct cp_thing thing;
    enum cp_rc rc;
    enum cp_op op;
    enum cp_phase phase;
    enum cp_kind kind;
    enum cp_ties ties;
    enum cp_authority authority;
    enum cp_role role;
    enum cp_tool_kind tool_kind;
    enum cp_choice choice;
    enum cp_channel channel;
    enum cp_class class;
    enum cp_from from;
    enum cp_stop stop;
    enum cp_meter meter;
    enum cp_trouble trouble;
    enum cp_net net;
    enum cp_fault fault;
    enum cp_cure cure;
    enum cp_deed deed;
    enum cp_framing framing;
};

extern const struct surface cp_surface;
__attribute__((visibility("default"))) const struct surface cp_surface;
