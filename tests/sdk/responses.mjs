// SPDX-License-Identifier: MIT
// responses - what programs do with the openai package's Responses API, whatever dialect the upstream speaks.
import assert from "node:assert/strict";
import {
  frailModel, gateway, headersOf, key, mark, model, png, rememberingFetch, requestsWith, runTests, test, thrownBy, upstream,
  upstreamEnd, upstreamKey, upstreamModel,
} from "./tap.mjs";
import { arrived, callsComeWhole, insideOfCall } from "./upstream.mjs";

const { default: OpenAI } = await import(process.env.SDK_MODULE ?? "openai");
const isPassed = upstream === "responses";
const connect = (options = {}) => new OpenAI({ baseURL: `${gateway}/v1`, apiKey: key, maxRetries: 0, ...options });
const client = connect();
const ask = (input, more = {}) => ({ model, max_output_tokens: 1000, input, ...more });
const create = (body, options) => client.responses.create(body, options);
const stream = (text, more = {}) => client.responses.stream(ask(text, more));
const callsOf = (response) => response.output.filter((i) => i.type === "function_call");

const tool = (name) => ({
  type: "function",
  name,
  description: `The ${name} in a city.`,
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false },
  strict: false,
});
const tools = [tool("weather"), tool("time")];
const result = (call, output) => ({ type: "function_call_output", call_id: call.call_id, output });

test("create", async () => {
  const r = await create(ask("hello [[sim: text='Grüße, 世界 🌍' usage=11,7,5,3]]"));
  assert.equal(r.object, "response");
  assert.equal(r.status, "completed");
  assert.equal(r.model, upstreamModel);
  assert.equal(r.output_text, "Grüße, 世界 🌍");
  assert.equal(r.usage.input_tokens, 19);
  assert.equal(r.usage.output_tokens, 7);
  assert.equal(r.usage.total_tokens, 26);
  assert.equal(r.usage.input_tokens_details.cached_tokens, 5);
  assert.equal(r.usage.output_tokens_details.reasoning_tokens, 0);
});

test("create: instructions and earlier turns reach the upstream", async () => {
  const word = mark();
  const input = [
    { role: "user", content: "first" }, { role: "assistant", content: "second" }, { role: "user", content: `third ${word}` },
  ];
  await create(ask(input, { instructions: "Be brief." }));
  assert.equal(arrived(word).system.trim(), "Be brief.");
  assert.deepEqual(arrived(word).roles, ["user", "assistant", "user"]);
});

test("create: what ends in the limit is incomplete", async () => {
  const r = await create(ask("[[sim: text=short stop=length]]"));
  assert.equal(r.status, "incomplete");
  assert.equal(r.incomplete_details.reason, "max_output_tokens");
});

test("stream: the helper's events and final response", async () => {
  const s = stream("[[sim: text='one two three four five' events=5 usage=20,9]]");
  const types = [];
  const numbers = [];
  let text = "";
  s.on("event", (e) => { types.push(e.type); numbers.push(e.sequence_number); });
  s.on("response.output_text.delta", (e) => { text += e.delta; });
  const r = await s.finalResponse();
  assert.equal(text, "one two three four five");
  assert.ok(types.filter((t) => t === "response.output_text.delta").length > 1, "the text came in one piece");
  assert.equal(types[0], "response.created");
  assert.equal(types.at(-1), "response.completed");
  assert.deepEqual(numbers, numbers.map((_, i) => i));
  assert.equal(r.output_text, text);
  assert.deepEqual([r.usage.input_tokens, r.usage.output_tokens, r.usage.total_tokens], [20, 9, 29]);
});

test("stream: raw events, each item opened and closed in its turn", async () => {
  const open = new Map();
  const text = "[[sim: think='two and two' text=four tool=weather args={\"city\":\"Oslo\"} tool=time args={\"city\":\"Rome\"}]]";
  for await (const e of await create(ask(text, { stream: true, tools }))) {
    if (e.type === "response.output_item.added") open.set(e.output_index, e.item.type);
    if (e.type === "response.output_item.done") assert.ok(open.delete(e.output_index), "an item was closed that was not open");
    if (e.type === "response.completed") assert.equal(open.size, 0);
    if (e.type === "response.completed")
      assert.deepEqual(e.response.output.filter((i, at) => at === 0 || i.type !== "reasoning").map((i) => i.type),
        ["reasoning", "message", "function_call", "function_call"]); // a signature of Gemini's may stand before its call
  }
});

test("stream: a megabyte arrives whole", async () => {
  assert.equal((await stream("[[sim: size=1MB]]").finalResponse()).output_text.length, 1 << 20);
});

test("tools: call, result, answer", async () => {
  const input = [{ role: "user", content: '[[sim: tool=weather args={"city":"Oslo"}]]' }];
  const first = await create(ask(input, { tools }));
  const [call] = callsOf(first);
  assert.equal(first.status, "completed");
  assert.equal(call.name, "weather");
  assert.deepEqual(JSON.parse(call.arguments), { city: "Oslo" });
  const second = await create(ask([...input, ...first.output, result(call, "12 degrees, rain")], { tools }));
  assert.match(second.output_text, /12 degrees, rain/);
});

test("tools: two in parallel, thinking before them, both results", async () => {
  const word = mark();
  const words = `${word} [[sim: think=hm tool=weather args={"city":"Oslo"} tool=time args={"city":"Rome"} then text=both]]`;
  const input = [{ role: "user", content: words }];
  const more = { tools, reasoning: { effort: "low", summary: "auto" }, include: ["reasoning.encrypted_content"], max_output_tokens: 9000 };
  const first = await create(ask(input, { ...more, store: false }));
  const calls = callsOf(first);
  assert.deepEqual(calls.map((c) => [c.name, JSON.parse(c.arguments).city]), [["weather", "Oslo"], ["time", "Rome"]]);
  assert.notEqual(calls[0].call_id, calls[1].call_id);
  const results = calls.map((c) => result(c, `result of ${c.name}`));
  const second = await create(ask([...input, ...first.output, ...results], { ...more, store: false }));
  assert.equal(second.output_text, "both");
  const sent = requestsWith(word)[1].body;
  assert.ok(sent.includes("result of weather") && sent.includes("result of time"));
});

test("tools: streamed fragments of arguments, two calls", async () => {
  const args = { city: 'Zürich "Nord"', depth: { list: [1, 2.5, null, true] } };
  const s = stream(
    `[[sim: text='I look. ' tool=weather args=${JSON.stringify(args)} tool=time args={"city":"Rome"} frag=3]]`, { tools },
  );
  const pieces = [];
  s.on("response.function_call_arguments.delta", (e) => pieces.push(e.delta));
  const r = await s.finalResponse();
  assert.equal(r.output_text, "I look. ");
  assert.deepEqual(callsOf(r).map((c) => c.name), ["weather", "time"]);
  assert.deepEqual(JSON.parse(callsOf(r)[0].arguments), args);
  assert.deepEqual(JSON.parse(callsOf(r)[1].arguments), { city: "Rome" });
  if (!callsComeWhole) assert.ok(pieces.length > 4, `only ${pieces.length} pieces of arguments`);
});

test("tools: a custom tool's free text, there and back", async () => {
  const word = mark();
  const custom = [{ type: "custom", name: "patch", description: "Takes a patch." }];
  const native = isPassed; // elsewhere the simulator's model is not known to have custom tools
  const text = 'line one\nline "two" 🌍';
  const args = native ? `'${text}'` : JSON.stringify({ input: text });
  const input = [{ role: "user", content: `${word} [[sim: tool=patch args=${args} frag=5 then text=done]]` }];
  const first = await stream(input, { tools: custom }).finalResponse();
  const [call] = first.output.filter((i) => i.type === "custom_tool_call");
  assert.equal(call?.name, "patch", JSON.stringify(first.output));
  assert.equal(call.input, text);
  const output = { type: "custom_tool_call_output", call_id: call.call_id, output: "applied" };
  const second = await create(ask([...input, ...first.output, output], { tools: custom }));
  assert.equal(second.output_text, "done");
  assert.ok(requestsWith(word)[1].body.includes("applied"));
});

test("previous_response_id: the conversation goes on", async () => {
  const word = mark();
  const first = await create(ask(`first ${word} [[sim: text=one]]`, { instructions: "Only for the first." }));
  const second = await create(ask(`second [[sim: text=two]]`, { previous_response_id: first.id }));
  assert.equal(second.output_text, "two");
  assert.equal(second.previous_response_id, first.id);
  const third = await create(ask(`third ${word}`, { previous_response_id: second.id, instructions: "For the third." }));
  assert.match(third.output_text, /third/);
  if (isPassed) return;
  const got = arrived(word, 2);
  assert.deepEqual(got.roles, ["user", "assistant", "user", "assistant", "user"]);
  assert.equal(got.system.trim(), "For the third.");
});

test("previous_response_id: over a tool call, streamed", async () => {
  const first = await stream('[[sim: tool=weather args={"city":"Oslo"} then text=rain]]', { tools }).finalResponse();
  const [call] = callsOf(first);
  const second = await create(ask([result(call, "it rains")], { tools, previous_response_id: first.id }));
  assert.equal(second.output_text, "rain");
});

test("previous_response_id: unknown", async () => {
  const error = await thrownBy(() => create(ask("x", { previous_response_id: "resp_00000000000000000000" })));
  assert.ok(error instanceof OpenAI.BadRequestError, String(error));
  assert.equal(error.code, "previous_response_not_found");
  assert.equal(error.param, "previous_response_id");
});

test("kept answers: retrieve, input items, delete", async () => {
  const made = await create(ask("keep me [[sim: text=kept]]"));
  const again = await client.responses.retrieve(made.id);
  assert.equal(again.id, made.id);
  assert.deepEqual(again.output, made.output);
  const items = [];
  for await (const i of client.responses.inputItems.list(made.id)) items.push(i);
  assert.ok(JSON.stringify(items).includes("keep me"));
  await client.responses.delete(made.id);
  const error = await thrownBy(() => client.responses.retrieve(made.id));
  assert.ok(error instanceof OpenAI.NotFoundError, String(error));
});

test("kept answers: the input in pages, whichever end first", async () => {
  const said = ["one", "two", "three", "four", "five"];
  const made = await create(ask(said.map((text) => ({ role: "user", content: [{ type: "input_text", text }] }))));
  if (isPassed) return; // a query is its maker's to answer
  for (const order of ["asc", "desc"]) {
    const texts = [];
    for await (const i of client.responses.inputItems.list(made.id, { order, limit: 2 })) texts.push(i.content[0].text);
    assert.deepEqual(texts, order === "asc" ? said : [...said].reverse());
  }
});

test("kept answers: told again as a stream", async () => {
  const made = await create(ask('[[sim: think=hm text="what was said" tool=weather args={"city":"Oslo"} usage=9,5]]', { tools }));
  if (isPassed) return;
  const again = client.responses.stream({ response_id: made.id, tools });
  const types = [];
  again.on("event", (e) => types.push(e.type));
  const response = await again.finalResponse();
  assert.equal(response.id, made.id);
  assert.deepEqual(callsOf(response).map((c) => [c.id, c.arguments]), callsOf(made).map((c) => [c.id, c.arguments]));
  assert.equal(response.output_text, "what was said");
  assert.deepEqual(response.usage, made.usage);
  assert.equal(types[0], "response.created");
  assert.ok(types.includes("response.function_call_arguments.delta"));
  let last;
  for await (const e of await client.responses.retrieve(made.id, { stream: true, starting_after: 999 })) last = e;
  assert.equal(last.type, "response.completed");
  assert.deepEqual(last.response.output, made.output);
});

test("item_reference: all that was said, by its ids", async () => {
  const word = mark();
  const text = `when? ${word} [[sim: think=hm text="let me see" tool=weather args={"city":"Oslo"} then text=rain]]`;
  const first = await stream(text, { tools }).finalResponse();
  assert.deepEqual([...new Set(first.output.map((i) => i.type))], ["reasoning", "message", "function_call"]);
  if (isPassed) return; // the simulator keeps no items
  const references = first.output.map(({ id }) => ({ type: "item_reference", id }));
  const [call] = callsOf(first);
  const second = await create(ask([{ role: "user", content: text }, ...references, result(call, "it rains")], { tools }));
  assert.equal(second.output_text, "rain");
  assert.deepEqual(arrived(word, 1).roles.slice(0, 2), ["user", "assistant"]);
});

test("store: false is not kept", async () => {
  const made = await create(ask("[[sim: text=gone]]", { store: false }));
  const error = await thrownBy(() => client.responses.retrieve(made.id));
  assert.ok(error instanceof OpenAI.NotFoundError, String(error));
});

test("input tokens are counted", async () => {
  const counted = await client.responses.inputTokens.count({ model, input: "how many tokens are in this sentence?" });
  assert.equal(counted.object, "response.input_tokens");
  assert.ok(Number.isInteger(counted.input_tokens) && counted.input_tokens > 0, JSON.stringify(counted));
});

test("compact: what comes back stands for the conversation", async () => {
  const input = [{ role: "user", content: "a long story" }, { role: "assistant", content: "indeed" }, { role: "user", content: "go on" }];
  const compacted = await client.responses.compact({ model, input });
  assert.equal(compacted.object, "response.compaction");
  const item = compacted.output.find((i) => i.type === "compaction");
  assert.ok(item?.encrypted_content, JSON.stringify(compacted));
  const r = await create(ask([...compacted.output, { role: "user", content: "[[sim: text=after]]" }]));
  assert.equal(r.output_text, "after");
});

test("structured output: the schema reaches the upstream", async () => {
  const word = mark();
  const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"], additionalProperties: false };
  const format = { type: "json_schema", name: "answer", strict: true, schema };
  const r = await client.responses.parse(ask(`${word} [[sim: text='{"n":7}']]`, { text: { format } }));
  assert.deepEqual(JSON.parse(r.output_text), { n: 7 });
  assert.deepEqual(arrived(word).schema.properties, schema.properties);
});

test("image: its bytes reach the upstream", async () => {
  const word = mark();
  const content = [
    { type: "input_text", text: `what is this? ${word}` },
    { type: "input_image", detail: "auto", image_url: `data:image/png;base64,${png}` },
  ];
  await create(ask([{ role: "user", content }]));
  assert.deepEqual(arrived(word).images, [{ mime: "image/png", data: png }]);
});

test("reasoning: a summary, and back in the next turn", async () => {
  const word = mark();
  const more = { reasoning: { effort: "high", summary: "auto" }, include: ["reasoning.encrypted_content"], store: false, max_output_tokens: 9000 };
  const input = [{ role: "user", content: `${word} [[sim: think='two and two' text=four]]` }];
  const first = await stream(input, more).finalResponse();
  assert.deepEqual(first.output.map((i) => i.type), ["reasoning", "message"]);
  assert.equal(first.output[0].summary.map((s) => s.text).join(""), "two and two");
  assert.equal(first.output_text, "four");
  assert.ok(arrived(word).reasons, "nobody asked the upstream to think");
  const second = await create(ask([...input, ...first.output, { role: "user", content: "[[sim: text=yes]]" }], more));
  assert.equal(second.output_text, "yes");
});

test("refusal: as a part of the message, or as the reason of the end", async () => {
  const r = await create(ask("[[sim: refusal='not this']]"));
  const parts = r.output.flatMap((i) => i.content ?? []);
  const refused = parts.some((p) => p.type === "refusal" && p.refusal === "not this");
  assert.ok(refused || r.incomplete_details?.reason === "content_filter", JSON.stringify(r.output));
});

test("the same dialect: the body passes byte for byte, keys are exchanged", async () => {
  const word = mark();
  const { asked, remember } = rememberingFetch();
  const input = `${word} 1.0 ☃ \u2028 \\ "x" [[sim: strict=0]]`;
  await connect({ fetch: remember }).responses.create({ input, model, user: "u", unknown: [1e2] });
  const [request] = requestsWith(word);
  assert.ok(!JSON.stringify(request.headers).includes(key), "the client's key went upstream");
  assert.ok(JSON.stringify(request.headers).includes(upstreamKey), "the upstream's key is missing");
  if (!isPassed) return;
  assert.equal(request.body, asked[0].body);
  assert.deepEqual(headersOf(request, "authorization"), [`Bearer ${upstreamKey}`]);
});

test("errors: a wrong key", async () => {
  const error = await thrownBy(() => connect({ apiKey: "wrong" }).responses.create(ask("hello")));
  assert.ok(error instanceof OpenAI.AuthenticationError, String(error));
});

test("errors: 429 with its retry-after", async () => {
  const prompt = "[[sim: status=429 retry-after=7 error='rate_limit_error:slow down']]";
  const error = await thrownBy(() => create(ask(prompt, { model: frailModel })));
  assert.ok(error instanceof OpenAI.RateLimitError, String(error));
  assert.equal(error.headers.get("retry-after"), "7");
  assert.match(error.message, /slow down/);
});

test("errors: the upstream's 400 with its words, asked once", async () => {
  const word = mark();
  const error = await thrownBy(() => create(ask(`${word} [[sim: status=400 error='invalid_request_error:input is odd']]`)));
  assert.ok(error instanceof OpenAI.BadRequestError, String(error));
  assert.equal(error.type, "invalid_request_error");
  assert.match(error.message, /input is odd/);
  assert.equal(requestsWith(word).length, 1);
});

test("errors: an error event in the middle of a stream is response.failed", async () => {
  const body = ask("[[sim: events=20 errevent='server_error:gone mad' errafter=8]]", { model: frailModel, stream: true });
  const types = [];
  let last;
  try {
    for await (const e of await create(body)) { types.push(e.type); last = e; }
    assert.equal(last.type, "response.failed");
    assert.match(last.response.error.message, /gone mad/);
  } catch (error) {
    assert.ok(error instanceof OpenAI.APIError, String(error));
    assert.match(error.message, /gone mad/);
  }
  assert.ok(types.includes("response.output_text.delta"), "the text before the error is missing");
  assert.ok(!types.includes("response.completed"));
});

for (const [what, words] of [["a cut", "events=20 cutevent=8"], ["no last events", "text='half an answer' nodone nofinish"]]) {
  test(`errors: ${what} never becomes a complete response`, async () => {
    const types = [];
    try {
      for await (const e of await create(ask(`[[sim: ${words}]]`, { model: frailModel, stream: true }))) types.push(e.type);
    } catch (error) {
      types.push("thrown");
    }
    assert.ok(types.includes("response.output_text.delta"), "nothing came before the end");
    assert.ok(["response.failed", "error", "thrown"].includes(types.at(-1)), types.at(-1));
    assert.ok(!types.includes("response.completed") && !types.includes("response.incomplete"));
  });
}

test("errors: a cut in the middle of a tool call never yields the call", async () => {
  const prompt = `[[sim: tool=weather args={"city":"a rather long name of a city"} frag=4 ${insideOfCall}]]`;
  let whole = 0;
  try {
    for await (const e of await create(ask(prompt, { model: frailModel, stream: true, tools })))
      whole += e.type === "response.output_item.done" && e.item.type === "function_call" && e.item.status === "completed";
  } catch (error) {
    assert.ok(error instanceof OpenAI.OpenAIError, String(error));
  }
  assert.equal(whole, 0);
});

test("abort in the middle of a stream ends the upstream's", async () => {
  const word = mark();
  const events = await create(ask(`${word} [[sim: events=1000 pace=50]]`, { stream: true }));
  let n = 0;
  for await (const e of events) if (e.type === "response.output_text.delta" && ++n === 3) break;
  assert.equal(await upstreamEnd(word, 120000), "gone");
});

await runTests();
