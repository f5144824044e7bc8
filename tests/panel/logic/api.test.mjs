// SPDX-License-Identifier: MIT
// api - addresses, tokens, tags, and errors as the gateway tells them.

import assert from 'node:assert/strict';
import test from 'node:test';

import { ApiError, del, get, logIn, patch, post, session, withQuery } from '../../../www/lib/api.js';

const asked = [];
let answers = [];
globalThis.fetch = async (url, options) => {
    asked.push({ url, ...options });
    const [status, body, headers = {}] = answers.shift() ?? [200, {}];
    return { ok: status < 400, status, headers: new Headers(headers), text: async () => (typeof body === 'string' ? body : JSON.stringify(body)) };
};

test('what is not said is left out of a query', () => {
    assert.equal(withQuery('api/history', { a: 1, b: '', c: null, d: undefined, e: 'x y', f: 0, g: false }), 'api/history?a=1&e=x+y&f=0&g=false');
    assert.equal(withQuery('api/history', {}), 'api/history');
});

test('addresses are relative to the page', async () => {
    await get('api/status', { limit: 3 });
    assert.equal(asked.at(-1).url, 'http://localhost/api/status?limit=3');
});

test('changes carry the token and the type, questions carry none', async () => {
    answers = [[201, { by: 'session', csrf: 'token-1' }]];
    await logIn({ key: 'k' });
    assert.equal(session().by, 'session');
    await post('api/channels/a/resume');
    assert.equal(asked.at(-1).headers['x-csrf-token'], 'token-1');
    assert.equal(asked.at(-1).headers['content-type'], 'application/json');
    assert.equal(asked.at(-1).body, '{}');
    await del('api/channels/a');
    assert.equal(asked.at(-1).headers['x-csrf-token'], 'token-1');
    await get('api/status');
    assert.equal(asked.at(-1).headers['x-csrf-token'], undefined);
});

test('a tag is quoted once', async () => {
    await patch('api/channels/a', {}, { etag: 'abc' });
    assert.equal(asked.at(-1).headers['if-match'], '"abc"');
    await patch('api/channels/a', {}, { etag: '"abc"' });
    assert.equal(asked.at(-1).headers['if-match'], '"abc"');
});

test('an error has its sentence, path, details and when to come again', async () => {
    answers = [[422, { error: 'no', path: 'keys.0', details: ['a', 'b'] }, { 'retry-after': '7' }]];
    const e = await post('api/channels', {}).then(() => null, (x) => x);
    assert.ok(e instanceof ApiError);
    assert.deepEqual([e.status, e.message, e.path, e.details, e.retryAfter], [422, 'no', 'keys.0', ['a', 'b'], 7]);
});

test('an answer that is no JSON is told by its text', async () => {
    answers = [[502, '<html>bad gateway']];
    const e = await get('api/status').then(() => null, (x) => x);
    assert.deepEqual([e.status, e.message], [502, '<html>bad gateway']);
});

test('a gateway that is not there is status 0', async () => {
    const before = globalThis.fetch;
    globalThis.fetch = async () => {
        throw new TypeError('Failed to fetch');
    };
    const e = await get('api/status').then(() => null, (x) => x);
    globalThis.fetch = before;
    assert.deepEqual([e.status, e.message], [0, 'Failed to fetch']);
});

test('a session that ended is noticed once, however many calls meet it', async () => {
    asked.length = 0;
    answers = [[401, { error: 'no' }], [401, { error: 'no' }], [401, { error: 'who are you', password: true }]];
    await Promise.all([get('api/status').catch(() => {}), get('api/channels').catch(() => {})]);
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(session().by, 'nobody');
    assert.equal(asked.filter((a) => a.url.endsWith('/api/session')).length, 1);
});
