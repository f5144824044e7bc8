// SPDX-License-Identifier: MIT
// paste.test - what the quick mode of the channel editor finds in a paste.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isKey, isPrivate, maskKey, nameOf, parsePaste } from '../../../www/lib/paste.js';

const SK = 'sk-abc123def456ghi789jkl';
const AIZA = `AIza${'Sy0aB1cD2eF3gH4iJ5kL6mN7oP8qR9s'}`;

test('a request URL and a key', () => {
    assert.deepEqual(parsePaste(`https://h/v1/chat/completions ${SK}`), { urls: ['https://h/v1'], keys: [SK], dialect: 'chat', name: 'h' });
});

test('half-quoted JSON', () => {
    assert.deepEqual(parsePaste('"ANTHROPIC_BASE_URL":"https://h","ANTHROPIC_AUTH_TOKEN":"sk-x"'), { urls: ['https://h'], keys: ['sk-x'], dialect: '', name: 'h' });
});

test('a shell variable', () => {
    assert.deepEqual(parsePaste(`KEY=${AIZA}`), { urls: [], keys: [AIZA], dialect: '', name: '' });
    assert.deepEqual(parsePaste(`export OPENAI_API_KEY='${SK}'\nexport OPENAI_BASE_URL=https://relay.example.org/v1/`).keys, [SK]);
    assert.deepEqual(parsePaste(`export OPENAI_API_KEY='${SK}'\nexport OPENAI_BASE_URL=https://relay.example.org/v1/`).urls, ['https://relay.example.org/v1']);
    assert.deepEqual(parsePaste(`$env:API_KEY="${SK}"`).keys, [SK]);
});

test('# at the end stays, / goes', () => {
    assert.deepEqual(parsePaste('https://h#').urls, ['https://h#']);
    assert.deepEqual(parsePaste('https://h/x/ https://h/x https://h/x#').urls, ['https://h/x', 'https://h/x#']);
    assert.deepEqual(parsePaste('https://h/docs#chapter-2').urls, ['https://h/docs']);
});

test('what is no URL', () => {
    for (const bad of ['http://-bad.com', 'https://bad-.com/x', 'https://under_score.com', 'https://user:pw@h/x', 'ftp://h', 'https://', 'https://h:99999'])
        assert.deepEqual(parsePaste(bad), { urls: [], keys: [], dialect: '', name: '' }, bad);
});

test('a settings.json with $schema', () => {
    const text = JSON.stringify({ $schema: 'https://json.schemastore.org/claude-code-settings.json', env: { ANTHROPIC_BASE_URL: 'https://relay.example.org', ANTHROPIC_AUTH_TOKEN: SK,
        ANTHROPIC_MODEL: 'claude-sonnet-4-5-20250929', API_TIMEOUT_MS: '3000000', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: 1 } }, null, 2);
    assert.deepEqual(parsePaste(text), { urls: ['https://relay.example.org'], keys: [SK], dialect: '', name: 'example' });
    assert.deepEqual(parsePaste('{"$schema":"https://elsewhere.example/x.json","u":"https://h"}').urls, ['https://h']);
});

test('the case of a path is kept, that of a host does not matter', () => {
    assert.deepEqual(parsePaste('https://A.com/API/V1/Messages'), { urls: ['https://a.com/API/V1'], keys: [], dialect: 'claude', name: 'a' });
    assert.deepEqual(parsePaste('HTTPS://A.com/x https://a.com/x https://a.com/X').urls, ['https://a.com/x', 'https://a.com/X']);
});

test('ports, addresses, localhost', () => {
    assert.deepEqual(parsePaste('http://127.0.0.1:3000/v1 http://localhost:8080 http://[::1]:9000/v1 http://[fe80::1]').urls,
        ['http://127.0.0.1:3000/v1', 'http://localhost:8080', 'http://[::1]:9000/v1', 'http://[fe80::1]']);
    assert.deepEqual(parsePaste('http://[::1').urls, []);
    assert.equal(parsePaste('http://[::1]:9000/v1').name, '::1');
});

test('the ends of paths', () => {
    const dialect = (path) => { const p = parsePaste(`https://h${path}`); return [p.urls[0], p.dialect]; };
    assert.deepEqual(dialect('/v1/responses'), ['https://h/v1', 'responses']);
    assert.deepEqual(dialect('/v1/messages/count_tokens'), ['https://h/v1', 'claude']);
    assert.deepEqual(dialect('/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse'), ['https://h/v1beta', 'gemini']);
    assert.deepEqual(dialect('/api/chat/completions'), ['https://h/api#', 'chat']);
    assert.deepEqual(dialect('/messages-board'), ['https://h/messages-board', '']);
    assert.equal(parsePaste('https://x/v1 https://h/v1/messages https://h/v1/responses').dialect, 'claude');
    assert.equal(parsePaste('https://generativelanguage.googleapis.com').dialect, 'gemini');
});

test('a key in a query', () => {
    assert.deepEqual(parsePaste(`https://g.example/v1beta/models/gemini-2.5-pro:generateContent?key=${AIZA}`), { urls: ['https://g.example/v1beta'], keys: [AIZA], dialect: 'gemini', name: 'g' });
});

test('padding belongs to the key', () => {
    const padded = 'QWxhZGRpbjpvcGVuIHNlc2FtZTEyMzQ1Njc4OTA==';
    assert.deepEqual(parsePaste(`TOKEN=${padded}`).keys, [padded]);
    assert.deepEqual(parsePaste(`"${padded}", ${SK}=`).keys, [padded, `${SK}=`]);
    assert.deepEqual(parsePaste('API_KEY= API_KEY==').keys, []);
});

test('separators of all kinds', () => {
    const two = [SK, `${SK}2`];
    for (const gap of [' ', '\n', ',', ';', '，', '；', '：', '"', '“', '”', '%20', '、', '\t', '|'])
        assert.deepEqual(parsePaste(two.join(gap)).keys, two, gap);
    assert.deepEqual(parsePaste(`${SK} ${SK}`).keys, [SK]);
});

test('a message from a chat', () => {
    assert.deepEqual(parsePaste(`新的中转地址https://relay.example.com.cn/v1，密钥：${SK}。有效期到12月。`), { urls: ['https://relay.example.com.cn/v1'], keys: [SK], dialect: '', name: 'example' });
    assert.deepEqual(parsePaste(`Use [our relay](https://relay.example.org/v1). Your api-key is \`${SK}\`.`), { urls: ['https://relay.example.org/v1'], keys: [SK], dialect: '', name: 'example' });
    assert.deepEqual(parsePaste(`curl https://h/v1/messages -H "x-api-key: ${SK}" -H "anthropic-version: 2023-06-01" -d '{"model":"claude-3-5-sonnet-latest"}'`),
        { urls: ['https://h/v1'], keys: [SK], dialect: 'claude', name: 'h' });
});

test('forms of keys', () => {
    const good = [`sk-proj-${'aB3'.repeat(20)}`, `sk-ant-api03-${'aB3_'.repeat(15)}`, `sk-or-v1-${'a1'.repeat(30)}`, AIZA, `hf_${'aB3'.repeat(11)}`, `gsk_${'aB3'.repeat(14)}`,
        `pplx-${'aB3'.repeat(15)}`, `r8_${'aB3'.repeat(8)}`, `${'a1'.repeat(16)}.${'Ab'.repeat(8)}`, '123e4567-e89b-12d3-a456-426614174000', `AKLT${'aB3'.repeat(8)}`,
        'ark-abcdef123456', `eyJ${'abc'.repeat(4)}.${'def'.repeat(3)}.sig`, 'a1'.repeat(16), 'sk-x', 'cr_0'];
    for (const key of good)
        assert.ok(isKey(key), key);
    const bad = ['ANTHROPIC_AUTH_TOKEN', 'OPENAI_API_KEY_2', 'hello', 'api_key', 'x-api-key', 'api-docs', 'gpt-4o-2024-08-06', 'claude-opus-4-5-20251101', 'sk-', 'sk-***', '2023-06-01', 'application/json',
        'a'.repeat(40), 'your-api-key', 'export', '='];
    for (const key of bad)
        assert.ok(!isKey(key), key);
});

test('no more than ten URLs, in their order', () => {
    const many = Array.from({ length: 14 }, (_, i) => `https://h${i}.example`);
    assert.deepEqual(parsePaste(many.join('\n')).urls, many.slice(0, 10));
});

test('names', () => {
    for (const [base, name] of [['https://api.openai.com/v1', 'openai'], ['https://openai.com', 'openai'], ['http://localhost:3', 'localhost'], ['https://a.b.c.org', 'c'], ['http://10.0.0.5', '10.0.0.5'],
        ['https://api.foo.co.uk', 'foo'], ['', '']])
        assert.equal(nameOf(base), name);
});

test('a config.toml of Codex CLI says what is spoken', () => {
    const text = `model_provider = "relay"\nmodel = "gpt-5-codex"\n[model_providers.relay]\nbase_url = "https://relay.example/v1"\nwire_api = "responses"\nenv_key = "RELAY_API_KEY"\n`;
    assert.deepEqual(parsePaste(text), { urls: ['https://relay.example/v1'], keys: [], dialect: 'responses', name: 'relay' });
    assert.equal(parsePaste('wire_api: chat https://h').dialect, 'chat');
    assert.equal(parsePaste('wire_api = "chat" https://h/v1/messages').dialect, 'claude');
});

test('shells, YAML, programs', () => {
    for (const text of [`set ANTHROPIC_AUTH_TOKEN=${SK}\nsetx ANTHROPIC_BASE_URL https://x.com/claude`, `api_key: ${SK}\nbase_url: https://x.com/claude\nmodels: [claude-3-5-sonnet-20241022, gpt-4o-mini]`,
        `client = OpenAI(api_key="${SK}", base_url="https://x.com/claude")\nclient.chat.completions.create(model="deepseek-chat")`, `{"u":"https:\\/\\/x.com\\/claude","k":"${SK}"}`, `${SK}\r\nhttps://x.com/claude\r\n`])
        assert.deepEqual(parsePaste(text), { urls: ['https://x.com/claude'], keys: [SK], dialect: '', name: 'x' }, text);
});

test('whatever is pasted is read at once', () => {
    for (const text of ['x'.repeat(1e5), 'https://'.repeat(2e4), 'sk-'.repeat(3e4), 'a.'.repeat(5e4), `https://${'a-'.repeat(4e4)}b_`, '= '.repeat(5e4), ':'.repeat(1e5), '='.repeat(1e5)])
        parsePaste(text);
});

test('addresses of one’s own network', () => {
    for (const base of ['http://localhost:1', 'https://a.local', 'http://nas:3000', 'http://10.1.2.3', 'http://192.168.0.1/v1', 'http://172.20.1.1', 'http://169.254.1.1', 'http://100.64.0.1', 'http://[::1]:1', 'http://[fd00::1]'])
        assert.ok(isPrivate(base), base);
    for (const base of ['https://api.example.org', 'https://10.example.com', 'http://172.32.1.1', 'http://8.8.8.8', 'http://[2001:db8::1]', 'nonsense', ''])
        assert.ok(!isPrivate(base), base);
});

test('masks are those of the gateway', () => {
    assert.deepEqual(['a'.repeat(40), 'sk-0123456789abcdefgh', 'sk-0123456789', 'short'].map(maskKey), ['aaaaaaaa***aaaa', 'sk-0***gh', 'sk***', '***']);
});
