// SPDX-License-Identifier: MIT
// try - questions and answers in the words of the four client APIs.

import assert from 'node:assert/strict';
import test from 'node:test';

import { ask, curlOf, emptyAnswer, errorOf, events, FAMILIES, routeHeaders, suggestions, timings, wholeAnswer, withEvent } from '../../../www/lib/try.js';

const question = { model: 'a/b c', text: 'Hello', system: 'Be short', most: 50, isStream: true };
const play = (family, all) => all.reduce((answer, e) => withEvent(family, answer, { data: JSON.stringify(e) }), emptyAnswer());
const short = ({ text, reasoning, said, end, error }) => ({ text, reasoning, said, end, error });

test('each family is asked by its own door, with its own key', () => {
    const asked = Object.fromEntries(FAMILIES.map((family) => [family, ask(family, question, 'pass')]));
    assert.equal(asked.messages.headers['x-api-key'], 'pass');
    assert.equal(asked.chat.headers.authorization, 'Bearer pass');
    assert.equal(asked.responses.body.instructions, 'Be short');
    assert.equal(asked.gemini.path, 'v1beta/models/a%2Fb%20c:streamGenerateContent?alt=sse');
    for (const one of Object.values(asked))
        assert.ok(!one.path.startsWith('/') && one.headers['content-type'] === 'application/json');
    assert.equal(ask('gemini', { ...question, isStream: false }, 'p').path, 'v1beta/models/a%2Fb%20c:generateContent');
});

test('what is not said is not sent', () => {
    const asked = ask('messages', { ...question, system: '', isStream: false }, 'p').body;
    assert.ok(!('system' in asked));
    assert.equal(ask('chat', { ...question, system: '', isStream: false }, 'p').body.messages.length, 1);
    assert.ok(!('stream_options' in ask('chat', { ...question, isStream: false }, 'p').body));
});

test('the same for a shell, with quotes that hold and no key', () => {
    const command = curlOf('messages', { ...question, text: "it's $HOME" }, 'https://host/below/');
    assert.ok(command.startsWith("curl -sN 'https://host/below/v1/messages' \\\n"), command);
    assert.ok(command.includes('-H "x-api-key: $KEY"') && command.includes("-H 'content-type: application/json'"), command);
    assert.ok(command.includes("it'\\''s $HOME"), command);
    for (const family of FAMILIES)
        assert.equal(curlOf(family, question, 'http://h/').split('$KEY').length, 2, family);
});

test('events come whole, however they were cut', () => {
    const text = ': hello\r\n\r\nevent: a\r\ndata: {"x":1}\r\n\r\ndata: one\ndata: two\n\ndata: [DONE]\n\n';
    for (let step = 1; step <= text.length; step++) {
        const reader = events();
        const got = [];
        for (let at = 0; at < text.length; at += step)
            got.push(...reader.feed(text.slice(at, at + step)));
        assert.deepEqual(got.map((e) => [e.event, e.data]), [['a', '{"x":1}'], ['', 'one\ntwo'], ['', '[DONE]']], `by ${step}`);
    }
});

test('a stream of Claude', () => {
    const got = play('messages', [
        { type: 'message_start', message: { model: 'm', usage: { input_tokens: 5, cache_read_input_tokens: 10, output_tokens: 1 } } },
        { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'hm' } },
        { type: 'content_block_delta', delta: { type: 'text_delta', text: 'Hi' } },
        { type: 'ping' },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } }]);
    assert.deepEqual(short(got), { text: 'Hi', reasoning: 'hm', said: { input: 15, output: 7, cached: 10, reasoning: null }, end: 'end_turn', error: null });
});

test('a stream of Chat Completions', () => {
    const got = play('chat', [{ choices: [{ delta: { role: 'assistant', reasoning_content: 'hm' } }] }, { choices: [{ delta: { content: 'H' } }] },
        { choices: [{ delta: { content: 'i' }, finish_reason: 'stop' }] }, { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, completion_tokens_details: { reasoning_tokens: 1 } } }]);
    assert.deepEqual(short(withEvent('chat', got, { data: '[DONE]' })), { text: 'Hi', reasoning: 'hm', said: { input: 3, output: 2, cached: null, reasoning: 1 }, end: 'stop', error: null });
});

test('a stream of Responses', () => {
    const got = play('responses', [{ type: 'response.created', response: { model: 'm' } }, { type: 'response.reasoning_summary_text.delta', delta: 'hm' },
        { type: 'response.output_text.delta', delta: 'Hi' }, { type: 'response.completed', response: { status: 'completed', usage: { input_tokens: 3, output_tokens: 2 } } }]);
    assert.deepEqual(short(got), { text: 'Hi', reasoning: 'hm', said: { input: 3, output: 2, cached: null, reasoning: null }, end: 'completed', error: null });
});

test('a stream of Gemini', () => {
    const got = play('gemini', [{ candidates: [{ content: { parts: [{ text: 'hm', thought: true }, { text: 'Hi' }] } }] },
        { candidates: [{ finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, thoughtsTokenCount: 4 } }]);
    assert.deepEqual(short(got), { text: 'Hi', reasoning: 'hm', said: { input: 3, output: 6, cached: null, reasoning: 4 }, end: 'STOP', error: null });
});

test('whole answers', () => {
    const all = {
        messages: { content: [{ type: 'thinking', thinking: 'hm' }, { type: 'text', text: 'Hi' }], usage: { input_tokens: 1, output_tokens: 2 } },
        chat: { choices: [{ message: { content: 'Hi', reasoning_content: 'hm' } }], usage: { prompt_tokens: 1, completion_tokens: 2 } },
        responses: { output: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] }, { type: 'message', content: [{ type: 'output_text', text: 'Hi' }] }],
            usage: { input_tokens: 1, output_tokens: 2 } },
        gemini: { candidates: [{ content: { parts: [{ text: 'hm', thought: true }, { text: 'Hi' }] } }], usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2 } },
    };
    for (const family of FAMILIES) {
        const got = wholeAnswer(family, JSON.stringify(all[family]));
        assert.deepEqual([got.text, got.reasoning, got.said.input, got.said.output, got.error], ['Hi', 'hm', 1, 2, null], family);
    }
    assert.equal(wholeAnswer('chat', '<html>').text, '<html>');
});

test('errors in the words of each', () => {
    assert.deepEqual(errorOf({ type: 'error', error: { type: 'overloaded_error', message: 'busy' } }), { kind: 'overloaded_error', message: 'busy' });
    assert.deepEqual(errorOf({ error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'busy' } }), { kind: 'RESOURCE_EXHAUSTED', message: 'busy' });
    assert.deepEqual(errorOf({ type: 'response.failed', response: { error: { code: 'server_error', message: 'no' } } }), { kind: 'server_error', message: 'no' });
    assert.deepEqual(errorOf({ type: 'error', code: 'x', message: 'cut' }), { kind: 'error', message: 'cut' });
    assert.equal(errorOf({ type: 'message', content: [] }), null);
    assert.equal(play('messages', [{ type: 'error', error: { type: 'api_error', message: 'cut' } }]).error.message, 'cut');
    assert.equal(errorOf({ type: 'response.completed', response: { error: null } }), null);
});

test('headers of the route, timings, models to choose from', () => {
    assert.deepEqual(timings('gateway;dur=1.2, upstream;dur=80.0, attempts;desc="2"'),
        [{ name: 'gateway', ms: 1.2, say: '' }, { name: 'upstream', ms: 80, say: '' }, { name: 'attempts', ms: null, say: '2' }]);
    assert.deepEqual(timings(null), []);
    assert.deepEqual(routeHeaders([['X-Request-Id', 'a'], ['content-type', 'b'], ['server-timing', 'c']]).map(([name]) => name), ['X-Request-Id', 'server-timing']);
    assert.deepEqual(suggestions([{ only: ['gpt*', 'gpt-5'], models: [{ from: 'opus', to: 'x' }] }, { models: [{ from: 'opus', to: 'y' }] }]), ['gpt-5', 'opus']);
});
