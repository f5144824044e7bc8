/* SPDX-License-Identifier: MIT */
/*
 * test_model - the map of models, served models and families.
 */
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"

#include "../test.h"

#include <stdlib.h>

static struct arena *arena;

/* rules: "opus=x codex=a"; a rule with * is a wildcard, one that begins with ! is exact */
static struct cp_str map_model(const char *rules, const char *model)
{
    struct conf_model models[8] = { 0 };
    struct conf_channel c = { .models = models };
    struct cp_str rest = str_of(rules), rule;
    while (rest.n && str_split(&rest, ' ', &rule)) {
        struct conf_model *m = &models[c.models_n++];
        bool is_exact = str_begins(rule, "!");
        m->to = is_exact ? str_from(rule, 1) : rule;
        (void)str_split(&m->to, '=', &m->from);
        m->match = str_chr(m->from, '*') >= 0 ? CONF_WILDCARD
                   : is_exact                 ? CONF_EXACT
                                              : CONF_CONTAINS;
    }
    return conf_map_model(&c, str_of(model), arena);
}

TEST(map_containment)
{
    CHECK_STR(map_model("opus=X", "claude-opus-4-5"), "X");
    CHECK_STR(map_model("opus=X claude-opus-4-5=Y", "claude-opus-4-5-20251101"), "Y");
    CHECK_STR(map_model("claude-opus-4-5=Y opus=X", "claude-opus-4-5-20251101"), "Y");
    CHECK_STR(map_model("sonnet=X", "haiku"), "haiku");
    CHECK_STR(map_model("", "anything"), "anything");
    CHECK_STR(map_model("opus=X", ""), "");
}

TEST(map_never_the_other_way_round)
{
    CHECK_STR(map_model("gpt-5.1-codex=B", "gpt-5"), "gpt-5");
}

TEST(map_exact_first)
{
    CHECK_STR(map_model("codex=A gpt-5.1-codex=B", "gpt-5.1-codex"), "B");
    CHECK_STR(map_model("gpt*=W gpt-5=B", "gpt-5"), "B");
    CHECK_STR(map_model("!opus=X", "claude-opus"), "claude-opus");
    CHECK_STR(map_model("!opus=X", "opus"), "X");
}

TEST(map_wildcards_before_containment)
{
    CHECK_STR(map_model("claude-opus-4-5=C claude-*=W", "claude-opus-4-5-1"), "W");
    CHECK_STR(map_model("claude-*=a claude-opus-*=b", "claude-opus-4"), "b");
    CHECK_STR(map_model("claude-*=a claude-opus-*=b", "claude-sonnet"), "a");
    CHECK_STR(map_model("gpt-*-mini=x", "gpt-mini"), "gpt-mini");
    CHECK_STR(map_model("*=all", ""), "all");
}

TEST(map_star_carries_over)
{
    CHECK_STR(map_model("claude-*=anthropic/claude-*", "claude-opus-4"),
              "anthropic/claude-opus-4");
    CHECK_STR(map_model("*-latest=*", "x-latest"), "x");
    CHECK_STR(map_model("a*z=[*]!", "az"), "[]!");
}

TEST(map_ties_by_order)
{
    CHECK_STR(map_model("opus=first pus-=second", "x-opus-4"), "first");
    CHECK_STR(map_model("pus-=second opus=first", "x-opus-4"), "second");
}

TEST(map_hands_the_same_slice_back)
{
    struct conf_channel c = { 0 };
    struct cp_str model = STR("m");
    CHECK(conf_map_model(&c, model, arena).p == model.p);
}

static bool serves(const char *pattern, const char *model)
{
    struct cp_str only = str_of(pattern);
    struct conf_channel c = { .only = &only, .only_n = 1 };
    return conf_serves_model(&c, str_of(model));
}

TEST(serves_patterns)
{
    struct conf_channel c = { 0 };
    CHECK(conf_serves_model(&c, STR("x")));
    CHECK(serves("claude-*", "claude-opus"));
    CHECK(!serves("claude-*", "xclaude-opus"));
    CHECK(serves("*a*b*", "xxaxxabxx"));
    CHECK(serves("*ab", "aab"));
    CHECK(!serves("a*b*c", "acb"));
    CHECK(serves("a**", "a"));
    CHECK(!serves("abc", "ab"));
    CHECK(!serves("ab", "abc"));
    CHECK(serves("*", ""));
}

TEST(serves_hostile_pattern_in_time)
{
    char model[3000];
    memset(model, 'a', sizeof(model) - 1);
    model[sizeof(model) - 1] = '\0';
    CHECK(!serves("a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", model));
}

TEST(serves_families)
{
    struct cp_str families[] = { STR("chat"), STR("messages") };
    struct conf_channel c = { .families = families, .families_n = 2 };
    CHECK(conf_serves_family(&c, STR("chat")));
    CHECK(!conf_serves_family(&c, STR("gemini")));
    c.families_n = 0;
    CHECK(conf_serves_family(&c, STR("gemini")));
}

int main(int argc, char **argv)
{
    arena = arena_new(1024, 0);
    int rc = test_main(argc, argv);
    arena_free(arena);
    return rc;
}
