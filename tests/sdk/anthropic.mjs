// SPDX-License-Identifier: MIT
// anthropic - what programs do with @anthropic-ai/sdk, through the gateway, whatever dialect the upstream speaks.
import assert from "node:assert/strict";
import {
  frailModel, gateway, headersOf, key, mark, model, png, rememberingFetch, requestsWith, runTests, test, thrownBy, upstream,
  upstreamEnd, upstreamKey, upstreamModel,
} from "./tap.mjs";
import { arrived, callsComeWhole, freshInput, insideOfCall } from "./upstream.mjs";

const { default: Anthropic } = await import(process.env.SDK_MODULE ?? "@anthropic-ai/sdk");
const isPassed = upstream === "claude";
const connect = (options = {}) => new Anthropic({ baseURL: gateway, apiKey: key, maxRetries: 0, ...options });
const client = connect();
const say = (text) => [{ role: "user", content: text }];
const ask = (text, more = {}) => ({ model, max_tokens: 1000, messages: say(text), ...more });
const textOf = (message) => message.content.filter((b) => b.type === "text").map((b) => b.text).join("");

const weather = {
  name: "weather",
  description: "The weather in a city.",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const time = { ...weather, name: "time", description: "The time in a city." };

test("create", async () => {
  const m = await client.messages.create(ask("hello [[sim: text='Grüße, 世界 🌍' usage=11,7,5,3]]"));
  assert.equal(m.type, "message");
  assert.equal(m.role, "assistant");
  assert.equal(m.model, upstreamModel);
  assert.equal(m.stop_reason, "end_turn");
  assert.equal(textOf(m), "Grüße, 世界 🌍");
  assert.equal(m.usage.input_tokens, freshInput);
  assert.equal(m.usage.output_tokens, 7);
  assert.equal(m.usage.cache_read_input_tokens, 5);
});

test("create: a system prompt and earlier turns reach the upstream", async () => {
  const word = mark();
  const messages = [...say("first"), { role: "assistant", content: "second" }, ...say(`third ${word}`)];
  await client.messages.create({ model, max_tokens: 100, system: "Be brief.", messages });
  assert.equal(arrived(word).system.trim(), "Be brief.");
  assert.deepEqual(arrived(word).roles, ["user", "assistant", "user"]);
});

test("create: what ends in the limit says so", async () => {
  const m = await client.messages.create(ask("[[sim: text=short stop=length]]"));
  assert.equal(m.stop_reason, "max_tokens");
});

test("stream: text events, the final message, usage", async () => {
  const stream = client.messages.stream(ask("[[sim: text='one two three four five' events=5 usage=20,9]]"));
  const texts = [];
  const types = [];
  stream.on("text", (t) => texts.push(t)).on("streamEvent", (e) => types.push(e.type));
  const m = await stream.finalMessage();
  assert.ok(texts.length > 1, "the text came in one piece");
  assert.equal(texts.join(""), "one two three four five");
  assert.equal(await stream.finalText(), "one two three four five");
  assert.equal(m.stop_reason, "end_turn");
  assert.equal(m.usage.input_tokens, 20);
  assert.equal(m.usage.output_tokens, 9);
  assert.equal(types[0], "message_start");
  assert.equal(types.at(-1), "message_stop");
  assert.equal(types.filter((t) => t === "message_delta").length, 1);
});

test("stream: raw events with stream: true", async () => {
  const stream = await client.messages.create({ ...ask("[[sim: text=raw]]"), stream: true });
  const events = [];
  for await (const e of stream) events.push(e);
  const first = events.find((e) => e.type === "content_block_delta");
  assert.equal(first.delta.type, "text_delta");
  assert.equal(first.index, 0);
  assert.equal(events.at(-1).type, "message_stop");
});

test("stream: a megabyte arrives whole", async () => {
  const m = await client.messages.stream(ask("[[sim: size=1MB]]")).finalMessage();
  assert.equal(textOf(m).length, 1 << 20);
});

test("tools: call, result, answer", async () => {
  const messages = say('[[sim: tool=weather args={"city":"Oslo"}]]');
  const first = await client.messages.create({ model, max_tokens: 100, tools: [weather], messages });
  const call = first.content.find((b) => b.type === "tool_use");
  assert.equal(first.stop_reason, "tool_use");
  assert.equal(call.name, "weather");
  assert.deepEqual(call.input, { city: "Oslo" });
  messages.push({ role: "assistant", content: first.content });
  messages.push({ role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "12 degrees, rain" }] });
  const second = await client.messages.create({ model, max_tokens: 100, tools: [weather], messages });
  assert.equal(second.stop_reason, "end_turn");
  assert.match(textOf(second), /12 degrees, rain/);
});

test("tools: two in parallel, both results in one turn", async () => {
  const word = mark();
  const prompt = `${word} [[sim: tool=weather args={"city":"Oslo"} tool=time args={"city":"Rome"} then text=both]]`;
  const messages = say(prompt);
  const tools = [weather, time];
  const first = await client.messages.create({ model, max_tokens: 100, tools, messages });
  const calls = first.content.filter((b) => b.type === "tool_use");
  assert.deepEqual(calls.map((c) => [c.name, c.input.city]), [["weather", "Oslo"], ["time", "Rome"]]);
  assert.notEqual(calls[0].id, calls[1].id);
  messages.push({ role: "assistant", content: first.content });
  messages.push({
    role: "user",
    content: calls.map((c) => ({ type: "tool_result", tool_use_id: c.id, content: `result of ${c.name}` })),
  });
  const second = await client.messages.create({ model, max_tokens: 100, tools, messages });
  assert.equal(textOf(second), "both");
  const sent = requestsWith(word)[1].body;
  assert.ok(sent.includes("result of weather") && sent.includes("result of time"));
});

test("tools: streamed fragments of arguments become the input", async () => {
  const input = { city: 'Zürich "Nord"', depth: { list: [1, 2.5, null, true] } };
  const stream = client.messages.stream(ask(
    `[[sim: text='I look. ' tool=weather args=${JSON.stringify(input)} tool=time args={"city":"Rome"} frag=3]]`,
    { tools: [weather, time] },
  ));
  const pieces = [];
  stream.on("inputJson", (piece) => pieces.push(piece));
  const m = await stream.finalMessage();
  const blocks = m.content.filter((b) => b.type !== "thinking"); // a signature of Gemini's may stand in one without words
  assert.deepEqual(blocks.map((b) => b.type), ["text", "tool_use", "tool_use"]);
  assert.deepEqual(blocks[1].input, input);
  assert.deepEqual(blocks[2].input, { city: "Rome" });
  assert.equal(m.stop_reason, "tool_use");
  if (!callsComeWhole) assert.ok(pieces.length > 4, `only ${pieces.length} pieces of arguments`);
});

test("tools: a call without arguments has an empty object", async () => {
  const m = await client.messages.stream(ask("[[sim: tool=weather args={}]]", { tools: [weather] })).finalMessage();
  assert.deepEqual(m.content.at(-1).input, {});
});

test("thinking: whole, and sent back in the next turn", async () => {
  const word = mark();
  const thinking = { type: "enabled", budget_tokens: 1024 };
  const messages = say(`${word} [[sim: think='two and two' text=four]]`);
  const first = await client.messages.create({ model, max_tokens: 4000, thinking, messages });
  assert.deepEqual(first.content.map((b) => b.type), ["thinking", "text"]);
  assert.equal(first.content[0].thinking, "two and two");
  messages.push({ role: "assistant", content: first.content }, ...say("and more? [[sim: text=yes]]"));
  const second = await client.messages.create({ model, max_tokens: 4000, thinking, messages });
  assert.equal(textOf(second), "yes");
  if (isPassed) assert.ok(requestsWith(word)[1].body.includes(JSON.stringify(first.content[0].signature)));
});

test("thinking: streamed", async () => {
  const stream = client.messages.stream(ask("[[sim: think='a long thought about nothing at all' text=done]]", {
    max_tokens: 4000, thinking: { type: "enabled", budget_tokens: 1024 },
  }));
  let thought = "";
  stream.on("thinking", (piece) => { thought += piece; });
  const m = await stream.finalMessage();
  assert.equal(thought, "a long thought about nothing at all");
  assert.deepEqual(m.content.map((b) => b.type), ["thinking", "text"]);
  assert.equal(m.content[0].thinking, thought);
});

test("image: its bytes reach the upstream", async () => {
  const word = mark();
  const content = [
    { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
    { type: "text", text: `what is this? ${word}` },
  ];
  await client.messages.create({ model, max_tokens: 100, messages: [{ role: "user", content }] });
  assert.deepEqual(arrived(word).images, [{ mime: "image/png", data: png }]);
});

test("structured output: the schema reaches the upstream", async () => {
  const word = mark();
  const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"], additionalProperties: false };
  const m = await client.messages.create(ask(`${word} [[sim: text='{"n":7}']]`, {
    output_config: { format: { type: "json_schema", schema } },
  }));
  assert.deepEqual(JSON.parse(textOf(m)), { n: 7 });
  assert.deepEqual(arrived(word).schema.properties, schema.properties);
});

test("headers: betas, versions and the query pass, keys are exchanged", async () => {
  const word = mark();
  const { asked, remember } = rememberingFetch();
  await connect({ fetch: remember }).beta.messages.create({ ...ask(word), betas: ["some-beta-2026-01-01", "other-beta"] });
  const [request] = requestsWith(word);
  assert.ok(!JSON.stringify(request.headers).includes(key), "the client's key went upstream");
  assert.ok(JSON.stringify(request.headers).includes(upstreamKey), "the upstream's key is missing");
  if (!isPassed) return;
  assert.equal(request.target, asked[0].target);
  assert.deepEqual(headersOf(request, "x-api-key"), [upstreamKey]);
  assert.deepEqual(headersOf(request, "authorization"), []);
  for (const name of ["anthropic-beta", "anthropic-version", "user-agent", "x-stainless-lang"])
    assert.deepEqual(headersOf(request, name), [asked[0].headers.get(name)]);
});

if (isPassed) test("the same dialect: the body passes byte for byte", async () => {
  const word = mark();
  const { asked, remember } = rememberingFetch();
  const messages = say(`${word} 1.0 ☃ \u2028 \\ "x" [[sim: strict=0]]`);
  await connect({ fetch: remember }).messages.create({ messages, max_tokens: 50, model, metadata: { user_id: "u" }, unknown: [1e2] });
  assert.equal(requestsWith(word)[0].body, asked[0].body);
});

test("errors: a wrong key", async () => {
  const error = await thrownBy(() => connect({ apiKey: "wrong" }).messages.create(ask("hello")));
  assert.ok(error instanceof Anthropic.AuthenticationError, String(error));
  assert.equal(error.status, 401);
  assert.equal(error.error.error.type, "authentication_error");
});

test("errors: 429 with its retry-after", async () => {
  const prompt = "[[sim: status=429 retry-after=7 error='rate_limit_error:slow down']]";
  const error = await thrownBy(() => client.messages.create(ask(prompt, { model: frailModel })));
  assert.ok(error instanceof Anthropic.RateLimitError, String(error));
  assert.equal(error.headers.get("retry-after"), "7");
  assert.equal(error.error.type, "error");
  assert.equal(error.error.error.type, "rate_limit_error");
  assert.match(error.message, /slow down/);
});

test("errors: after one 429 somebody asks again, and is served", async () => {
  const word = mark();
  const prompt = `[[sim: times=1 status=429 retry-after=0 error='rate_limit_error:${word}']]`;
  const m = await connect({ maxRetries: 2 }).messages.create(ask(prompt, { model: frailModel }));
  assert.equal(m.stop_reason, "end_turn");
  assert.equal(requestsWith(word).length, 2);
});

test("errors: the upstream's 400 with its words, asked once", async () => {
  const word = mark();
  const prompt = `${word} [[sim: status=400 error='invalid_request_error:messages are odd']]`;
  const error = await thrownBy(() => client.messages.create(ask(prompt)));
  assert.ok(error instanceof Anthropic.BadRequestError, String(error));
  assert.equal(error.error.error.type, "invalid_request_error");
  assert.match(error.message, /messages are odd/);
  assert.equal(requestsWith(word).length, 1);
});

test("errors: an overloaded upstream before the stream", async () => {
  const stream = client.messages.stream(ask("[[sim: status=529 error='overloaded_error:busy']]", { model: frailModel }));
  const error = await thrownBy(() => stream.finalMessage());
  assert.ok(error instanceof Anthropic.InternalServerError, String(error));
  assert.equal(error.error.error.type, "overloaded_error");
});

test("errors: an error event in the middle of a stream throws", async () => {
  const stream = client.messages.stream(ask("[[sim: events=20 errevent='overloaded_error:gone mad' errafter=8]]", { model: frailModel }));
  let text = "";
  stream.on("text", (t) => { text += t; });
  const error = await thrownBy(() => stream.finalMessage());
  assert.ok(error instanceof Anthropic.APIError, String(error));
  assert.match(error.message, /gone mad/);
  assert.ok(text.length > 0, "the text before the error is missing");
});

test("errors: a stream that is cut throws, in the helper", async () => {
  const stream = client.messages.stream(ask("[[sim: events=20 cutevent=8]]", { model: frailModel }));
  const types = [];
  stream.on("streamEvent", (e) => types.push(e.type));
  const error = await thrownBy(() => stream.finalMessage());
  assert.ok(error instanceof Anthropic.AnthropicError, String(error));
  assert.ok(types.includes("content_block_delta"), "nothing came before the cut");
  assert.ok(!types.includes("message_stop"), "a cut stream was given an end");
});

test("errors: a stream that is cut throws, in the raw iterator", async () => {
  const stream = await client.messages.create({ ...ask("[[sim: events=20 cutevent=8]]", { model: frailModel }), stream: true });
  const error = await thrownBy(async () => { for await (const e of stream) assert.notEqual(e.type, "message_stop"); });
  assert.ok(error instanceof Anthropic.APIError, String(error));
});

test("errors: a stream that closes without its last events throws", async () => {
  const stream = client.messages.stream(ask("[[sim: text='half an answer' nodone nofinish]]", { model: frailModel }));
  let text = "";
  stream.on("text", (t) => { text += t; });
  const error = await thrownBy(() => stream.finalMessage());
  assert.ok(error instanceof Anthropic.AnthropicError, String(error));
  assert.equal(text, "half an answer");
});

const inside = [["a cut", insideOfCall], ["an error", "errafter=6 errevent='api_error:gone mad'"]];
for (const [what, words] of callsComeWhole ? inside.slice(0, 1) : inside) {
  test(`errors: ${what} in the middle of a tool call never yields the call`, async () => {
    const prompt = `[[sim: tool=weather args={"city":"a rather long name of a city"} frag=4 ${words}]]`;
    const stream = client.messages.stream(ask(prompt, { model: frailModel, tools: [weather] }));
    let pieces = 0;
    let calls = 0;
    stream.on("inputJson", () => { pieces++; });
    stream.on("contentBlock", (b) => { calls += b.type === "tool_use"; });
    await thrownBy(() => stream.finalMessage());
    if (!callsComeWhole) assert.ok(pieces > 0, "nothing came before the end");
    assert.equal(calls, 0);
  });
}

test("count_tokens", async () => {
  const counted = await client.messages.countTokens({ model, messages: say("how many tokens are in this sentence?") });
  assert.ok(Number.isInteger(counted.input_tokens) && counted.input_tokens > 0, JSON.stringify(counted));
});

test("models: list and retrieve", async () => {
  const page = await client.models.list();
  assert.deepEqual(page.data.map((m) => [m.type, m.id]), [["model", "sim-small"], ["model", "sim-large"]]);
  const one = await client.models.retrieve(model);
  assert.equal(one.id, upstreamModel);
  assert.equal(one.type, "model");
});

test("abort in the middle of a stream ends the upstream's", async () => {
  const word = mark();
  const stream = client.messages.stream(ask(`${word} [[sim: events=1000 pace=50]]`));
  await new Promise((seen) => stream.once("text", seen));
  stream.abort();
  const error = await thrownBy(() => stream.finalMessage());
  assert.ok(error instanceof Anthropic.APIUserAbortError, String(error));
  assert.equal(await upstreamEnd(word, 120000), "gone");
});

test("abort before the first byte ends the upstream's", async () => {
  const word = mark();
  const controller = new AbortController();
  const call = client.messages.create(ask(`${word} [[sim: delay=20000]]`), { signal: controller.signal });
  const wait = setInterval(() => requestsWith(word).length && controller.abort(), 50);
  await thrownBy(() => call);
  clearInterval(wait);
  assert.equal(await upstreamEnd(word, 120000), "gone");
});

await runTests();
