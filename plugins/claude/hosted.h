/* SPDX-License-Identifier: MIT */
/*
 * hosted - what other makers' hosted tools did, in the blocks that this service has for it.
 *
 *     web_search            server_tool_use web_search, web_search_tool_result
 *     web_fetch, open_page  server_tool_use web_fetch, web_fetch_tool_result
 *     code_execution        server_tool_use code_execution, code_execution_tool_result
 *
 * Only for clients that declared the tool: others know no such blocks.  Every server_tool_use gets
 * its one result.  Hits come with a SERVER_RESULT (Gemini), in the action's sources (Responses, if
 * it was asked to include them), or are the links that the answer cites.
 */
#ifndef CLAUDE_HOSTED_H
#define CLAUDE_HOSTED_H

#include "claude.h"

struct hosted_hit { /* both JSON strings; title may be absent */
    struct cp_str url, title;
    struct hosted_hit *next;
};

struct hosted_use { /* one server_tool_use */
    unsigned tool;  /* enum hosted_tool */
    int is_answered;
    struct cp_str id;    /* as the client knows it */
    struct cp_str of;    /* as its service knows it */
    struct cp_str input; /* JSON object */
    struct cp_str text;  /* the SERVER_CALL's */
    struct hosted_use *next;
};

struct hosted { /* of one answer */
    unsigned declared;
    int has_hits; /* a result with some was told */
    struct hosted_hit *hits, *last_hit;
    struct hosted_use *uses, *last_use;
};

/* NULL when the request is over its budget. */
struct hosted *claude_hosted_open(struct cp_call *call);
/* A link that the answer cites. */
void claude_hosted_cite(struct cp_call *call, struct hosted *h, const struct cp_item *cite);
/* Of a SERVER_CALL's name, id and text; NULL: it is not told, and that is in the ledger. */
struct hosted_use *claude_hosted_use(struct cp_call *call, struct hosted *h, struct cp_str name,
                                     struct cp_str id, struct cp_str text);
/* "web_search" */
struct cp_str claude_hosted_name(const struct hosted_use *use);
/* Does its SERVER_CALL tell the result, too? */
int claude_hosted_is_whole(const struct hosted_use *use);
/* The use that the service's result of that id belongs to; NULL: none that waits for one. */
struct hosted_use *claude_hosted_of(const struct hosted *h, struct cp_str id);
/* The first that waits for a result; NULL: none. */
struct hosted_use *claude_hosted_next(const struct hosted *h);
/* "web_search_tool_result" */
struct cp_str claude_hosted_result(const struct hosted_use *use);
/* Its members tool_use_id and content; text is the SERVER_RESULT's, absent if there is none. */
void claude_hosted_write(struct cp_call *call, struct cp_out *out, struct hosted *h,
                         struct hosted_use *use, struct cp_str text);

#endif
