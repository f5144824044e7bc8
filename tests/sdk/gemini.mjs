// SPDX-License-Identifier: MIT
// gemini - what programs do with @google/genai, through the gateway, whatever dialect the upstream speaks.
import assert from "node:assert/strict";
import {
  frailModel, gateway, key, mark, model, png, requestsWith, runTests, test, thrownBy, upstream, upstreamEnd, upstreamKey,
  upstreamModel,
} from "./tap.mjs";
import { arrived, insideOfCall } from "./upstream.mjs";

const { GoogleGenAI, ApiError, FunctionCallingConfigMode } = await import(process.env.SDK_MODULE ?? "@google/genai");
const isPassed = upstream === "gemini";
const connect = (apiKey = key) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: gateway, retryOptions: { attempts: 1 } } });
const client = connect();
const ask = (contents, config = {}, more = {}) => ({ model, contents, config: { maxOutputTokens: 1000, ...config }, ...more });
const generate = (...args) => client.models.generateContent(ask(...args));
const stream = (...args) => client.models.generateContentStream(ask(...args));
const user = (...parts) => ({ role: "user", parts });

const tool = (name) => ({
  name,
  description: `The ${name} in a city.`,
  parametersJsonSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
});
const tools = [{ functionDeclarations: [tool("weather"), tool("time")] }];
const answer = (call, output) => ({ functionResponse: { ...(call.id && { id: call.id }), name: call.name, response: { output } } });

test("generate", async () => {
  const r = await generate("hello [[sim: text='Grüße, 世界 🌍' usage=11,7,5,3]]");
  assert.equal(r.text, "Grüße, 世界 🌍");
  assert.equal(r.candidates.length, 1);
  assert.equal(r.candidates[0].finishReason, "STOP");
  assert.equal(r.candidates[0].content.role, "model");
  assert.equal(r.usageMetadata.promptTokenCount, 19);
  assert.equal(r.usageMetadata.candidatesTokenCount, 7);
  assert.equal(r.usageMetadata.totalTokenCount, 26);
  assert.equal(r.usageMetadata.cachedContentTokenCount, 5);
  assert.ok(r.responseId && r.modelVersion);
});

test("generate: an instruction and earlier turns reach the upstream", async () => {
  const word = mark();
  const contents = [user({ text: "first" }), { role: "model", parts: [{ text: "second" }] }, user({ text: `third ${word}` })];
  await generate(contents, { systemInstruction: "Be brief." });
  assert.equal(arrived(word).system.trim(), "Be brief.");
  assert.deepEqual(arrived(word).roles, ["user", "assistant", "user"]);
  assert.equal(arrived(word).most, 1000);
});

test("generate: what ends in the limit says so", async () => {
  assert.equal((await generate("[[sim: text=short stop=length]]")).candidates[0].finishReason, "MAX_TOKENS");
});

test("stream: chunks, one end, usage", async () => {
  const chunks = [];
  for await (const c of await stream("[[sim: text='one two three four five' events=5 usage=20,9]]")) chunks.push(c);
  assert.equal(chunks.map((c) => c.text ?? "").join(""), "one two three four five");
  assert.ok(chunks.filter((c) => c.text).length > 1, "the text came in one piece");
  assert.deepEqual(chunks.map((c) => c.candidates?.[0]?.finishReason).filter(Boolean), ["STOP"]);
  const usage = chunks.at(-1).usageMetadata;
  assert.deepEqual([usage.promptTokenCount, usage.candidatesTokenCount, usage.totalTokenCount], [20, 9, 29]);
});

test("stream: a megabyte arrives whole", async () => {
  let n = 0;
  for await (const c of await stream("[[sim: size=1MB]]")) n += (c.text ?? "").length;
  assert.equal(n, 1 << 20);
});

test("tools: call, result, answer", async () => {
  const contents = [user({ text: '[[sim: tool=weather args={"city":"Oslo"}]]' })];
  const first = await generate(contents, { tools });
  const [call] = first.functionCalls;
  assert.equal(first.candidates[0].finishReason, "STOP");
  assert.equal(call.name, "weather");
  assert.deepEqual(call.args, { city: "Oslo" });
  contents.push(first.candidates[0].content, user(answer(call, "12 degrees, rain")));
  const second = await generate(contents, { tools });
  assert.match(second.text, /12 degrees, rain/);
});

test("tools: two in parallel, thinking before them, both results", async () => {
  const word = mark();
  const words = `${word} [[sim: think=hm tool=weather args={"city":"Oslo"} tool=time args={"city":"Rome"} then text=both]]`;
  const contents = [user({ text: words })];
  const config = { tools, thinkingConfig: { includeThoughts: true }, maxOutputTokens: 9000 };
  const first = await generate(contents, config);
  assert.deepEqual(first.functionCalls.map((c) => [c.name, c.args.city]), [["weather", "Oslo"], ["time", "Rome"]]);
  contents.push(first.candidates[0].content, user(...first.functionCalls.map((c) => answer(c, `result of ${c.name}`))));
  const second = await generate(contents, config);
  assert.equal(second.text, "both");
  const sent = requestsWith(word)[1].body;
  assert.ok(sent.includes("result of weather") && sent.includes("result of time"));
});

test("tools: streamed, two calls", async () => {
  const args = { city: 'Zürich "Nord"', depth: { list: [1, 2.5, null, true] } };
  const prompt = `[[sim: text='I look. ' tool=weather args=${JSON.stringify(args)} tool=time args={"city":"Rome"} frag=3]]`;
  const calls = [];
  let text = "";
  for await (const c of await stream(prompt, { tools })) {
    calls.push(...(c.functionCalls ?? []));
    for (const p of c.candidates?.[0]?.content?.parts ?? []) text += p.text ?? "";
  }
  assert.equal(text, "I look. ");
  assert.deepEqual(calls.map((c) => [c.name, c.args]), [["weather", args], ["time", { city: "Rome" }]]);
});

test("tools: one is forced", async () => {
  const word = mark();
  await generate(`${word}`, {
    tools, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ["time"] } },
  });
  assert.ok(arrived(word).tools.includes("time"));
  const body = JSON.parse(requestsWith(word)[0].body);
  assert.ok(JSON.stringify(body.tool_choice ?? body.toolConfig).includes("time"), "the choice is lost");
});

test("chats: the SDK keeps the history", async () => {
  const word = mark();
  const chat = client.chats.create({ model });
  assert.equal((await chat.sendMessage({ message: "[[sim: text=one]]" })).text, "one");
  let text = "";
  for await (const c of await chat.sendMessageStream({ message: `${word} [[sim: text=two]]` })) text += c.text ?? "";
  assert.equal(text, "two");
  assert.deepEqual(arrived(word).roles, ["user", "assistant", "user"]);
});

test("thinking: thoughts apart from the text, and back in the next turn", async () => {
  const config = { thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 }, maxOutputTokens: 9000 };
  const word = mark();
  const contents = [user({ text: `${word} [[sim: think='two and two' text=four]]` })];
  const first = await generate(contents, config);
  const parts = first.candidates[0].content.parts;
  assert.equal(parts.filter((p) => p.thought).map((p) => p.text).join(""), "two and two");
  assert.equal(first.text, "four");
  assert.ok(arrived(word).reasons, "nobody asked the upstream to think");
  const second = await generate([...contents, first.candidates[0].content, user({ text: "[[sim: text=yes]]" })], config);
  assert.equal(second.text, "yes");
});

test("structured output: the schema reaches the upstream", async () => {
  const word = mark();
  const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
  const r = await generate(`${word} [[sim: text='{"n":7}']]`, { responseMimeType: "application/json", responseJsonSchema: schema });
  assert.deepEqual(JSON.parse(r.text), { n: 7 });
  assert.deepEqual(arrived(word).schema.properties, schema.properties);
});

test("image: its bytes reach the upstream", async () => {
  const word = mark();
  await generate([user({ inlineData: { mimeType: "image/png", data: png } }, { text: `what is this? ${word}` })]);
  assert.deepEqual(arrived(word).images, [{ mime: "image/png", data: png }]);
});

test("count_tokens", async () => {
  const counted = await client.models.countTokens({ model, contents: "how many tokens are in this sentence?" });
  assert.ok(Number.isInteger(counted.totalTokens) && counted.totalTokens > 0, JSON.stringify(counted));
});

test("models: list and get", async () => {
  const found = [];
  for await (const m of await client.models.list()) found.push(m.name);
  assert.deepEqual(found, ["models/sim-small", "models/sim-large"]);
  assert.equal((await client.models.get({ model })).name, `models/${upstreamModel}`);
});

test("keys are exchanged", async () => {
  const word = mark();
  await generate(word);
  const [request] = requestsWith(word);
  assert.ok(!JSON.stringify(request).includes(key), "the client's key went upstream");
  assert.ok(JSON.stringify(request.headers).includes(upstreamKey), "the upstream's key is missing");
  if (isPassed) assert.ok(request.headers.some(([n]) => n.toLowerCase() === "x-goog-api-key"));
});

test("errors: a wrong key", async () => {
  const error = await thrownBy(() => connect("wrong").models.generateContent(ask("hello")));
  assert.ok(error instanceof ApiError, String(error));
  assert.ok([400, 401].includes(error.status), String(error.status));
});

test("errors: 429", async () => {
  const prompt = "[[sim: status=429 retry-after=7 error='rate_limit_error:slow down']]";
  const error = await thrownBy(() => generate(prompt, {}, { model: frailModel }));
  assert.ok(error instanceof ApiError, String(error));
  assert.equal(error.status, 429);
  assert.match(error.message, /slow down/);
});

test("errors: the upstream's 400 with its words, asked once", async () => {
  const word = mark();
  const error = await thrownBy(() => generate(`${word} [[sim: status=400 error='invalid_request_error:contents are odd']]`));
  assert.equal(error.status, 400);
  assert.match(error.message, /contents are odd/);
  assert.equal(requestsWith(word).length, 1);
});

const broken = async (words, config) => {
  const seen = { text: "", reasons: [], calls: 0 };
  const error = await thrownBy(async () => {
    for await (const c of await stream(`[[sim: ${words}]]`, config, { model: frailModel })) {
      seen.text += c.text ?? "";
      seen.calls += (c.functionCalls ?? []).length;
      if (c.candidates?.[0]?.finishReason) seen.reasons.push(c.candidates[0].finishReason);
    }
  });
  return { ...seen, error };
};

test("errors: an error in the middle of a stream throws", async () => {
  const { text, reasons, error } = await broken("events=20 errevent='server_error:gone mad' errafter=8");
  assert.ok(text.length > 0, "the text before the error is missing");
  assert.deepEqual(reasons, []);
  assert.ok(error);
});

for (const [what, words] of [["a cut", "events=20 cutevent=8"], ["no last events", "text='half an answer' nodone nofinish"]]) {
  // The SDK takes the end of a connection for the end of the answer; where the upstream is Gemini, too, all passes as it came.
  test(`errors: ${what} throws, or has no finish reason`, async () => {
    let seen;
    try {
      seen = await broken(words);
    } catch (error) {
      assert.match(error.message, /expected an error/);
      return;
    }
    assert.ok(seen.text.length > 0, "nothing came before the end");
    assert.deepEqual(seen.reasons, []);
  });
}

test("errors: a cut in the middle of a tool call never yields the call", async () => {
  let calls = 0;
  try {
    const prompt = `[[sim: tool=weather args={"city":"a rather long name of a city"} frag=4 ${insideOfCall}]]`;
    for await (const c of await stream(prompt, { tools }, { model: frailModel })) calls += (c.functionCalls ?? []).length;
  } catch (error) {
    assert.ok(error instanceof Error);
  }
  assert.equal(calls, 0);
});

test("abort in the middle of a stream ends the upstream's", async () => {
  const word = mark();
  const controller = new AbortController();
  const chunks = await stream(`${word} [[sim: events=1000 pace=50]]`, { abortSignal: controller.signal });
  let n = 0;
  await thrownBy(async () => { for await (const c of chunks) if (c.text && ++n === 3) controller.abort(); });
  assert.equal(await upstreamEnd(word, 120000), "gone");
});

await runTests();
