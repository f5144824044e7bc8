// SPDX-License-Identifier: MIT
// openai - what programs do with the openai package's Chat Completions, whatever dialect the upstream speaks.
import assert from "node:assert/strict";
import {
  frailModel, gateway, headersOf, key, mark, model, png, rememberingFetch, requestsWith, runTests, test, thrownBy, upstream,
  upstreamEnd, upstreamKey, upstreamModel,
} from "./tap.mjs";
import { arrived } from "./upstream.mjs";

const { default: OpenAI } = await import(process.env.SDK_MODULE ?? "openai");

const isPassed = upstream === "chat";
const connect = (options = {}) => new OpenAI({ baseURL: `${gateway}/v1`, apiKey: key, maxRetries: 0, ...options });
const client = connect();
const say = (text) => [{ role: "user", content: text }];
const ask = (text, more = {}) => ({ model, max_completion_tokens: 1000, messages: say(text), ...more });
const create = (body, options) => client.chat.completions.create(body, options);
const stream = (text, more = {}) => client.chat.completions.stream(ask(text, more));

const tool = (name) => ({
  type: "function",
  function: {
    name,
    description: `The ${name} in a city.`,
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
});
const tools = [tool("weather"), tool("time")];
const result = (call, content) => ({ role: "tool", tool_call_id: call.id, content });

test("create", async () => {
  const c = await create(ask("hello [[sim: text='Grüße, 世界 🌍' usage=11,7,5,3]]"));
  assert.equal(c.object, "chat.completion");
  assert.equal(c.model, upstreamModel);
  assert.equal(c.choices.length, 1);
  assert.equal(c.choices[0].index, 0);
  assert.equal(c.choices[0].finish_reason, "stop");
  assert.equal(c.choices[0].message.role, "assistant");
  assert.equal(c.choices[0].message.content, "Grüße, 世界 🌍");
  assert.equal(c.usage.prompt_tokens, 19);
  assert.equal(c.usage.completion_tokens, 7);
  assert.equal(c.usage.total_tokens, 26);
  assert.equal(c.usage.prompt_tokens_details.cached_tokens, 5);
});

test("create: a system prompt and earlier turns reach the upstream", async () => {
  const word = mark();
  await create({
    model,
    messages: [
      { role: "system", content: "Be brief." }, ...say("first"), { role: "assistant", content: "second" }, ...say(`third ${word}`),
    ],
  });
  assert.equal(arrived(word).system.trim(), "Be brief.");
  assert.deepEqual(arrived(word).roles, ["user", "assistant", "user"]);
});

test("create: what ends in the limit says so", async () => {
  const c = await create(ask("[[sim: text=short stop=length]]"));
  assert.equal(c.choices[0].finish_reason, "length");
});

test("stream: chunks, and usage because it was asked for", async () => {
  const chunks = [];
  const body = ask("[[sim: text='one two three four five' events=5 usage=20,9]]", {
    stream: true, stream_options: { include_usage: true },
  });
  for await (const c of await create(body)) chunks.push(c);
  const text = chunks.map((c) => c.choices[0]?.delta.content ?? "").join("");
  assert.equal(text, "one two three four five");
  assert.ok(chunks.filter((c) => c.choices[0]?.delta.content).length > 1, "the text came in one piece");
  assert.equal(chunks[0].choices[0].delta.role, "assistant");
  assert.ok(chunks.every((c) => c.object === "chat.completion.chunk" && c.id === chunks[0].id));
  assert.deepEqual(chunks.map((c) => c.choices[0]?.finish_reason).filter(Boolean), ["stop"]);
  const last = chunks.at(-1);
  assert.deepEqual(last.choices, []);
  assert.deepEqual([last.usage.prompt_tokens, last.usage.completion_tokens, last.usage.total_tokens], [20, 9, 29]);
});

test("stream: no usage when it was not asked for", async () => {
  for await (const c of await create(ask("[[sim: text=hello]]", { stream: true }))) {
    assert.ok(!c.usage);
    assert.equal(c.choices.length, 1);
  }
});

test("stream: the helper's content events and final completion", async () => {
  const s = stream("[[sim: text='one two three four five' events=5]]");
  const texts = [];
  s.on("content", (t) => texts.push(t));
  const c = await s.finalChatCompletion();
  assert.equal(texts.join(""), "one two three four five");
  assert.equal(c.choices[0].message.content, texts.join(""));
  assert.equal(c.choices[0].finish_reason, "stop");
});

test("stream: a megabyte arrives whole", async () => {
  assert.equal((await stream("[[sim: size=1MB]]").finalContent()).length, 1 << 20);
});

test("tools: call, result, answer", async () => {
  const messages = say('[[sim: tool=weather args={"city":"Oslo"}]]');
  const first = await create({ model, tools, messages });
  const [call] = first.choices[0].message.tool_calls;
  assert.equal(first.choices[0].finish_reason, "tool_calls");
  assert.equal(call.type, "function");
  assert.equal(call.function.name, "weather");
  assert.deepEqual(JSON.parse(call.function.arguments), { city: "Oslo" });
  messages.push(first.choices[0].message, result(call, "12 degrees, rain"));
  const second = await create({ model, tools, messages });
  assert.equal(second.choices[0].finish_reason, "stop");
  assert.match(second.choices[0].message.content, /12 degrees, rain/);
});

test("tools: two in parallel, both results", async () => {
  const word = mark();
  const messages = say(`${word} [[sim: tool=weather args={"city":"Oslo"} tool=time args={"city":"Rome"} then text=both]]`);
  const first = await create({ model, tools, messages });
  const calls = first.choices[0].message.tool_calls;
  assert.deepEqual(calls.map((c) => [c.function.name, JSON.parse(c.function.arguments).city]), [["weather", "Oslo"], ["time", "Rome"]]);
  assert.notEqual(calls[0].id, calls[1].id);
  messages.push(first.choices[0].message, ...calls.map((c) => result(c, `result of ${c.function.name}`)));
  const second = await create({ model, tools, messages });
  assert.equal(second.choices[0].message.content, "both");
  const sent = requestsWith(word)[1].body;
  assert.ok(sent.includes("result of weather") && sent.includes("result of time"));
});

test("tools: streamed fragments of arguments, two calls", async () => {
  const input = { city: 'Zürich "Nord"', depth: { list: [1, 2.5, null, true] } };
  const c = await stream(
    `[[sim: text='I look. ' tool=weather args=${JSON.stringify(input)} tool=time args={"city":"Rome"} frag=3]]`, { tools },
  ).finalChatCompletion();
  const { content, tool_calls: calls } = c.choices[0].message;
  assert.equal(content, "I look. ");
  assert.deepEqual(calls.map((x) => x.function.name), ["weather", "time"]);
  assert.deepEqual(JSON.parse(calls[0].function.arguments), input);
  assert.deepEqual(JSON.parse(calls[1].function.arguments), { city: "Rome" });
  assert.equal(c.choices[0].finish_reason, "tool_calls");
});

test("tools: the SDK runs the functions itself", async () => {
  const asked = [];
  const run = (name) => ({
    ...tool(name),
    function: { ...tool(name).function, parse: JSON.parse, function: (args) => { asked.push([name, args.city]); return `${name} is fine`; } },
  });
  const runner = client.chat.completions.runTools({
    ...ask('[[sim: tool=weather args={"city":"Oslo"} tool=time args={"city":"Rome"}]]'),
    tools: [run("weather"), run("time")],
    stream: true,
  });
  const text = await runner.finalContent();
  assert.deepEqual(asked, [["weather", "Oslo"], ["time", "Rome"]]);
  assert.match(text, /is fine/);
});

test("structured output: the schema reaches the upstream", async () => {
  const word = mark();
  const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"], additionalProperties: false };
  const c = await create(ask(`${word} [[sim: text='{"n":7}']]`, {
    response_format: { type: "json_schema", json_schema: { name: "answer", strict: true, schema } },
  }));
  assert.deepEqual(JSON.parse(c.choices[0].message.content), { n: 7 });
  assert.equal(c.choices[0].finish_reason, "stop");
  assert.deepEqual(arrived(word).schema.properties, schema.properties);
});

test("image: its bytes reach the upstream", async () => {
  const word = mark();
  const content = [
    { type: "text", text: `what is this? ${word}` },
    { type: "image_url", image_url: { url: `data:image/png;base64,${png}` } },
  ];
  await create({ model, messages: [{ role: "user", content }] });
  assert.deepEqual(arrived(word).images, [{ mime: "image/png", data: png }]);
});

test("reasoning: thoughts arrive apart from the text", async () => {
  const whole = (await create(ask("[[sim: think='two and two' text=four]]"))).choices[0].message;
  assert.equal(whole.content, "four");
  assert.equal(whole.reasoning_content, "two and two");
  let thought = "";
  let text = "";
  for await (const c of await create(ask("[[sim: think='two and two' text=four]]", { stream: true }))) {
    thought += c.choices[0]?.delta.reasoning_content ?? "";
    text += c.choices[0]?.delta.content ?? "";
  }
  assert.deepEqual([thought, text], ["two and two", "four"]);
});

test("n=2: two choices where the upstream has them, a clear refusal where not", async () => {
  const word = mark();
  const choice = (index, content) => ({ index, message: { role: "assistant", content }, logprobs: null, finish_reason: "stop" });
  const candidate = (index, text) => ({ index, content: { role: "model", parts: [{ text }] }, finishReason: "STOP" });
  const reply = upstream === "gemini"
    ? { candidates: [candidate(0, "one"), candidate(1, "two")], modelVersion: "m", responseId: "r" }
    : { id: "c", object: "chat.completion", created: 1, model, choices: [choice(0, "one"), choice(1, "two")] };
  const body = ask(`${word} [[sim: body=${JSON.stringify(reply)}]]`, { n: 2 });
  if (!["chat", "gemini"].includes(upstream)) {
    const error = await thrownBy(() => create(body));
    assert.ok(error instanceof OpenAI.BadRequestError, String(error));
    assert.equal(error.param, "n");
    assert.equal(requestsWith(word).length, 0);
    return;
  }
  const c = await create(body);
  assert.deepEqual(c.choices.map((x) => x.message.content), ["one", "two"]);
  const sent = JSON.parse(requestsWith(word)[0].body);
  assert.equal(isPassed ? sent.n : sent.generationConfig.candidateCount, 2);
});

if (isPassed) test("n=2 streamed: choices that interleave stay apart", async () => {
  const file = new URL("two-choices.sse", import.meta.url).pathname;
  const c = await stream(`[[sim: raw=${file}]]`, { n: 2 }).finalChatCompletion();
  assert.deepEqual(c.choices.map((x) => [x.message.content, x.finish_reason]), [["one and", "stop"], ["two and", "length"]]);
});

test("the same dialect: the body passes byte for byte, keys are exchanged", async () => {
  const word = mark();
  const { asked, remember } = rememberingFetch();
  const messages = say(`${word} 1.0 ☃ \u2028 \\ "x" [[sim: strict=0]]`);
  const mine = connect({ fetch: remember, organization: "org-mine", project: "proj-mine" });
  await mine.chat.completions.create({ messages, max_tokens: 50, model, user: "u", unknown: [1e2] });
  const [request] = requestsWith(word);
  assert.ok(!JSON.stringify(request.headers).includes(key), "the client's key went upstream");
  assert.ok(JSON.stringify(request.headers).includes(upstreamKey), "the upstream's key is missing");
  if (!isPassed) return;
  assert.equal(request.body, asked[0].body);
  assert.deepEqual(headersOf(request, "authorization"), [`Bearer ${upstreamKey}`]);
  for (const name of ["user-agent", "openai-organization", "openai-project"])
    assert.deepEqual(headersOf(request, name), [asked[0].headers.get(name)]);
});

test("errors: a wrong key", async () => {
  const error = await thrownBy(() => connect({ apiKey: "wrong" }).chat.completions.create(ask("hello")));
  assert.ok(error instanceof OpenAI.AuthenticationError, String(error));
  assert.equal(error.status, 401);
  assert.ok(error.error.message);
});

test("errors: 429 with its retry-after", async () => {
  const prompt = "[[sim: status=429 retry-after=7 error='rate_limit_error:slow down']]";
  const error = await thrownBy(() => create(ask(prompt, { model: frailModel })));
  assert.ok(error instanceof OpenAI.RateLimitError, String(error));
  assert.equal(error.headers.get("retry-after"), "7");
  assert.match(error.message, /slow down/);
});

test("errors: after one 429 somebody asks again, and is served", async () => {
  const word = mark();
  const body = ask(`[[sim: times=1 status=429 retry-after=0 error='rate_limit_error:${word}']]`, { model: frailModel });
  const c = await connect({ maxRetries: 2 }).chat.completions.create(body);
  assert.equal(c.choices[0].finish_reason, "stop");
  assert.equal(requestsWith(word).length, 2);
});

test("errors: the upstream's 400 with its words, asked once", async () => {
  const word = mark();
  const prompt = `${word} [[sim: status=400 error='invalid_request_error:messages are odd']]`;
  const error = await thrownBy(() => create(ask(prompt)));
  assert.ok(error instanceof OpenAI.BadRequestError, String(error));
  assert.equal(error.type, "invalid_request_error");
  assert.match(error.message, /messages are odd/);
  assert.equal(requestsWith(word).length, 1);
});

test("errors: an overloaded upstream before the stream", async () => {
  const error = await thrownBy(() => stream("[[sim: status=503 error='overloaded_error:busy']]", { model: frailModel }).finalContent());
  assert.ok(error instanceof OpenAI.InternalServerError, String(error));
  assert.match(error.message, /busy/);
});

test("errors: an error event in the middle of a stream throws", async () => {
  const s = stream("[[sim: events=20 errevent='server_error:gone mad' errafter=8]]", { model: frailModel });
  let text = "";
  s.on("content", (t) => { text += t; });
  const error = await thrownBy(() => s.finalContent());
  assert.ok(error instanceof OpenAI.APIError, String(error));
  assert.match(error.message, /gone mad/);
  assert.ok(text.length > 0, "the text before the error is missing");
});

test("errors: a stream that is cut throws, in the helper", async () => {
  const s = stream("[[sim: events=20 cutevent=8]]", { model: frailModel });
  let text = "";
  s.on("content", (t) => { text += t; });
  const error = await thrownBy(() => s.finalContent());
  assert.ok(error instanceof OpenAI.OpenAIError, String(error));
  assert.ok(text.length > 0, "nothing came before the cut");
});

test("errors: a stream that is cut throws, in the raw iterator", async () => {
  const reasons = [];
  const error = await thrownBy(async () => {
    const chunks = await create(ask("[[sim: events=20 cutevent=8]]", { model: frailModel, stream: true }));
    for await (const c of chunks) reasons.push(c.choices[0]?.finish_reason ?? null);
  });
  assert.ok(error instanceof OpenAI.APIError, String(error));
  assert.ok(reasons.length > 0, "nothing came before the cut");
  assert.ok(reasons.every((r) => r === null), "a cut stream was given an end");
});

test("errors: a stream that closes without its last events throws", async () => {
  const error = await thrownBy(async () => {
    const chunks = await create(ask("[[sim: text='half an answer' nodone nofinish]]", { model: frailModel, stream: true }));
    for await (const c of chunks) assert.ok(!c.choices[0]?.finish_reason);
  });
  assert.ok(error instanceof OpenAI.APIError, String(error));
});

test("models: list and retrieve", async () => {
  const found = [];
  for await (const m of client.models.list()) found.push([m.object, m.id]);
  assert.deepEqual(found, [["model", "sim-small"], ["model", "sim-large"]]);
  const one = await client.models.retrieve(model);
  assert.deepEqual([one.object, one.id], ["model", upstreamModel]);
});

test("abort in the middle of a stream ends the upstream's", async () => {
  const word = mark();
  const chunks = await create(ask(`${word} [[sim: events=1000 pace=50]]`, { stream: true }));
  let n = 0;
  for await (const c of chunks) if (c.choices[0]?.delta.content && ++n === 3) break; // leaving the loop aborts
  assert.equal(await upstreamEnd(word, 120000), "gone");
});

test("abort before the first byte ends the upstream's", async () => {
  const word = mark();
  const controller = new AbortController();
  const call = create(ask(`${word} [[sim: delay=20000]]`), { signal: controller.signal });
  const wait = setInterval(() => requestsWith(word).length && controller.abort(), 50);
  const error = await thrownBy(() => call);
  clearInterval(wait);
  assert.ok(error instanceof OpenAI.APIUserAbortError, String(error));
  assert.equal(await upstreamEnd(word, 120000), "gone");
});

await runTests();
