/* SPDX-License-Identifier: MIT */
/*
 * test_request_file - requests as people paste them.
 */
#include "main/request_file.h"

#include "base/arena.h"
#include "base/str.h"
#include "test.h"

static struct arena *arena;

static struct request_file read_one(const char *text)
{
    struct request_file f;

    if (!arena)
        arena = arena_new(4096, 0);
    CHECK_EQ(request_file_read(&f, str_of(text), arena, NULL), 0);
    return f;
}

static struct cp_str guess(const char *body)
{
    struct request_file f = read_one(body);

    if (request_file_guess(&f, STR_NONE, arena, NULL))
        return STR_NONE;
    CHECK_STR(f.method, "POST");
    return f.target;
}

static void done(void)
{
    arena_free(arena);
    arena = NULL;
}

TEST(a_whole_request)
{
    struct request_file f = read_one("POST /v1/messages?beta=true HTTP/1.1\r\nHost: h\r\n"
                                     "X-Api-Key:  k \r\n\r\n{\"model\":\"m\"}\r\n");

    CHECK_STR(f.method, "POST");
    CHECK_STR(f.target, "/v1/messages?beta=true");
    CHECK_EQ(f.headers_n, 2);
    CHECK_STR(request_file_header(&f, "x-api-key"), "k");
    CHECK_STR(request_file_header(&f, "accept"), NULL);
    CHECK_STR(f.body, "{\"model\":\"m\"}\r\n");
    done();
}

TEST(as_people_write_it)
{
    struct request_file f = read_one("\n\nGET http://127.0.0.1:3000/v1/models\nAccept: */*");

    CHECK_STR(f.method, "GET");
    CHECK_STR(f.target, "/v1/models");
    CHECK_STR(request_file_header(&f, "accept"), "*/*");
    CHECK_STR(f.body, "");
    f = read_one("GET http://127.0.0.1:3000 HTTP/1.1\n\n");
    CHECK_STR(f.target, "/");
    done();
}

TEST(as_curl_tells_it)
{
    struct request_file f = read_one(
        "*   Trying 127.0.0.1:3000...\n* Connected to 127.0.0.1 (127.0.0.1) port 3000 (#0)\n"
        "> POST /v1/chat/completions HTTP/1.1\n> Host: 127.0.0.1:3000\n> Authorization: Bearer x\n"
        "> \n* upload completely sent off: 20 bytes\n{\"model\":\"m\"}\n< HTTP/1.1 200 OK\n< \n");

    CHECK_STR(f.method, "POST");
    CHECK_STR(f.target, "/v1/chat/completions");
    CHECK_STR(request_file_header(&f, "authorization"), "Bearer x");
    CHECK_STR(f.body, "{\"model\":\"m\"}\n");
    done();
}

TEST(what_is_no_request_is_a_body)
{
    CHECK_STR(read_one("{\"model\":\"m\"}").method, NULL);
    CHECK_STR(read_one("").method, NULL);
    CHECK_STR(read_one("post /v1/messages\n\n").method, NULL);
    CHECK_STR(read_one("POST somewhere HTTP/1.1\n\n").method, NULL);
    CHECK_STR(read_one("POST /a and more\n\n").body, "POST /a and more\n\n");
    done();
}

TEST(a_bad_head_names_its_line)
{
    struct request_file f;
    struct err err = { 0 };
    struct arena *a = arena_new(4096, 0);

    CHECK_EQ(request_file_read(&f, STR("POST / HTTP/1.1\nA: b\nnonsense\n\n"), a, &err),
             E_SYNTAX);
    CHECK_STR(str_of(err.what), "line 3 of the head is no header");
    arena_free(a);
}

TEST(given_headers_replace)
{
    struct request_file f = read_one("GET / HTTP/1.1\nA: b\n\n");

    CHECK_EQ(request_file_add(&f, STR("a: c"), NULL), 0);
    CHECK_EQ(request_file_add(&f, STR("d:"), NULL), 0);
    CHECK_EQ(request_file_add(&f, STR("no header"), NULL), E_SYNTAX);
    CHECK_EQ(request_file_add(&f, STR(": x"), NULL), E_SYNTAX);
    CHECK_EQ(f.headers_n, 2);
    CHECK_STR(request_file_header(&f, "A"), "c");
    CHECK_STR(request_file_header(&f, "D"), "");
    for (int i = 0; i < REQUEST_FILE_HEADERS; i++)
        (void)request_file_add(&f, arena_printf(arena, "n%d: v", i), NULL);
    CHECK_EQ(f.headers_n, REQUEST_FILE_HEADERS);
    CHECK_EQ(request_file_add(&f, STR("one: more"), NULL), E_LIMIT);
    done();
}

TEST(apis_are_known_by_their_members)
{
    CHECK_STR(guess("{\"model\":\"m\",\"max_tokens\":9,\"messages\":[]}"), "/v1/messages");
    CHECK_STR(guess("{\"system\":\"s\",\"messages\":[]}"), "/v1/messages");
    CHECK_STR(guess("{\"model\":\"m\",\"messages\":[]}"), "/v1/chat/completions");
    CHECK_STR(guess("{\"max_tokens\":9,\"stop\":[\"x\"],\"messages\":[]}"),
              "/v1/chat/completions");
    CHECK_STR(guess("{\"max_tokens\":9,\"messages\":[{\"role\":\"system\"}]}"),
              "/v1/chat/completions");
    CHECK_STR(guess("{\"max_tokens\":9,\"messages\":[],\"tools\":[{\"function\":{}}]}"),
              "/v1/chat/completions");
    CHECK_STR(guess("{\"max_tokens\":9,\"messages\":[],\"tools\":[{\"name\":\"t\"}]}"),
              "/v1/messages");
    CHECK_STR(guess("{\"model\":\"m\",\"input\":\"hi\"}"), "/v1/responses");
    CHECK_STR(guess("{\"contents\":[]}"), NULL);
    CHECK_STR(guess("{\"prompt\":\"hi\"}"), NULL);
    CHECK_STR(guess("hello"), NULL);
    CHECK_STR(guess("[]"), NULL);
    done();
}

TEST(another_model)
{
    struct request_file f = read_one("{\"contents\":[]}");

    CHECK_EQ(request_file_guess(&f, STR("gemini-x"), arena, NULL), 0);
    CHECK_STR(f.target, "/v1beta/models/gemini-x:generateContent");
    CHECK_EQ(request_file_set_model(&f, STR("m"), arena, NULL), E_ABSENT);
    f = read_one("{\"model\": \"old\", \"input\":1}");
    CHECK_EQ(request_file_set_model(&f, STR("n\"w"), arena, NULL), 0);
    CHECK_STR(f.body, "{\"model\": \"n\\\"w\", \"input\":1}");
    f = read_one("not JSON");
    CHECK_EQ(request_file_set_model(&f, STR("m"), arena, NULL), E_ABSENT);
    done();
}

TEST_MAIN()
