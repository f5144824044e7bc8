// SPDX-License-Identifier: MIT
// try - one question in the words of each client API, and what comes back: streams and whole answers, read for people.

export const FAMILIES = ['messages', 'chat', 'responses', 'gemini'];

const json = { 'content-type': 'application/json' };

// What is sent for a question; path is relative to the gateway.
const askers = {
    messages: (q) => ({
        path: 'v1/messages', headers: { 'x-api-key': q.key, 'anthropic-version': '2023-06-01' },
        body: { model: q.model, max_tokens: q.most, ...(q.system && { system: q.system }), messages: [{ role: 'user', content: q.text }], stream: q.isStream },
    }),
    chat: (q) => ({
        path: 'v1/chat/completions', headers: { authorization: `Bearer ${q.key}` },
        body: { model: q.model, max_completion_tokens: q.most, messages: [...(q.system ? [{ role: 'system', content: q.system }] : []), { role: 'user', content: q.text }],
            stream: q.isStream, ...(q.isStream && { stream_options: { include_usage: true } }) },
    }),
    responses: (q) => ({
        path: 'v1/responses', headers: { authorization: `Bearer ${q.key}` },
        body: { model: q.model, max_output_tokens: q.most, ...(q.system && { instructions: q.system }), input: q.text, stream: q.isStream, store: false },
    }),
    gemini: (q) => ({
        path: `v1beta/models/${encodeURIComponent(q.model)}:${q.isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
        headers: { 'x-goog-api-key': q.key },
        body: { contents: [{ role: 'user', parts: [{ text: q.text }] }], ...(q.system && { systemInstruction: { parts: [{ text: q.system }] } }),
            generationConfig: { maxOutputTokens: q.most } },
    }),
};

// question: {model, text, system, most, isStream}; key: a pass.  {path, headers, body}
export function ask(family, question, key) {
    const made = askers[family]({ ...question, key });
    return { ...made, headers: { ...json, ...made.headers } };
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

// The same for a shell, with $KEY for the key; base: where the gateway is.
export function curlOf(family, question, base) {
    const { path, headers, body } = ask(family, question, '$KEY');
    const head = ([name, value]) => `  -H ${value.includes('$KEY') ? `"${name}: ${value}"` : quoted(`${name}: ${value}`)}`;
    return [`curl -sN ${quoted(new URL(path, base).href)}`, ...Object.entries(headers).map(head), `  -d ${quoted(JSON.stringify(body))}`].join(' \\\n');
}

// feed(text) gives the events that are complete: {event, data}; comments and empty ones are left out.
export function events() {
    let rest = '';
    const one = (block) => {
        const e = { event: '', data: [] };
        for (const line of block.split('\n')) {
            const [, name, value] = /^(\w*):? ?(.*)$/.exec(line) ?? [];
            if (name === 'event')
                e.event = value;
            else if (name === 'data')
                e.data.push(value);
        }
        return { event: e.event, data: e.data.join('\n'), isEmpty: e.data.length === 0 };
    };
    return {
        feed(text) {
            rest += text;
            // a CR at the end may be half of CRLF
            const whole = rest.endsWith('\r') ? rest.slice(0, -1) : rest;
            const blocks = whole.replace(/\r\n?/g, '\n').split('\n\n');
            rest = blocks.pop() + (rest.endsWith('\r') ? '\r' : '');
            return blocks.map(one).filter((e) => !e.isEmpty);
        },
    };
}

const parse = (text) => {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
};

const add = (...values) => (values.some((v) => Number.isFinite(v)) ? values.reduce((sum, v) => sum + (Number.isFinite(v) ? v : 0), 0) : null);

// Tokens, in the same words for all: input with what came from the cache, output with reasoning; null: not said.
const usages = {
    messages: (u) => ({ input: add(u.input_tokens, u.cache_read_input_tokens, u.cache_creation_input_tokens), output: u.output_tokens ?? null, cached: u.cache_read_input_tokens ?? null, reasoning: null }),
    chat: (u) => ({ input: u.prompt_tokens ?? null, output: u.completion_tokens ?? null, cached: u.prompt_tokens_details?.cached_tokens ?? null,
        reasoning: u.completion_tokens_details?.reasoning_tokens ?? null }),
    responses: (u) => ({ input: u.input_tokens ?? null, output: u.output_tokens ?? null, cached: u.input_tokens_details?.cached_tokens ?? null,
        reasoning: u.output_tokens_details?.reasoning_tokens ?? null }),
    gemini: (u) => ({ input: u.promptTokenCount ?? null, output: add(u.candidatesTokenCount, u.thoughtsTokenCount), cached: u.cachedContentTokenCount ?? null,
        reasoning: u.thoughtsTokenCount ?? null }),
};

export const usageOf = (family, usage) => (usage ? usages[family](usage) : null);

// What an error says, in the family's own words: {kind, message}; null: it is none.
export function errorOf(body) {
    const e = body?.error ?? (body?.type === 'response.failed' ? body.response?.error : body?.type === 'error' ? body : null);
    if (!e)
        return null;
    if (typeof e === 'string')
        return { kind: '', message: e };
    return { kind: String(e.status ?? e.type ?? e.code ?? ''), message: String(e.message ?? JSON.stringify(e)) };
}

const texts = (list, pick) => (list ?? []).map(pick).filter((x) => typeof x === 'string').join('');

// One event's share: {text, reasoning, usage, end, error}, only what it has.
const readers = {
    messages(e) {
        if (e.type === 'message_start')
            return { usage: e.message?.usage, model: e.message?.model };
        if (e.type === 'content_block_delta')
            return { text: e.delta?.type === 'text_delta' ? e.delta.text : '', reasoning: e.delta?.type === 'thinking_delta' ? e.delta.thinking : '' };
        return e.type === 'message_delta' ? { usage: e.usage, end: e.delta?.stop_reason } : {};
    },
    chat(e) {
        const choice = e.choices?.[0];
        return { model: e.model, usage: e.usage, text: choice?.delta?.content, reasoning: choice?.delta?.reasoning_content ?? choice?.delta?.reasoning, end: choice?.finish_reason };
    },
    responses(e) {
        if (e.type === 'response.output_text.delta')
            return { text: e.delta };
        if (e.type === 'response.reasoning_summary_text.delta' || e.type === 'response.reasoning_text.delta')
            return { reasoning: e.delta };
        const isEnd = ['response.completed', 'response.incomplete', 'response.failed'].includes(e.type);
        return isEnd ? { usage: e.response?.usage, end: e.response?.status, model: e.response?.model } : { model: e.response?.model };
    },
    gemini(e) {
        const candidate = e.candidates?.[0];
        return { model: e.modelVersion, usage: e.usageMetadata, end: candidate?.finishReason,
            text: texts(candidate?.content?.parts, (p) => (p.thought ? null : p.text)), reasoning: texts(candidate?.content?.parts, (p) => (p.thought ? p.text : null)) };
    },
};

export const emptyAnswer = () => ({ text: '', reasoning: '', usage: null, said: null, end: null, model: null, error: null });

// The answer with one more event; what Claude says of usage comes in two parts.
export function withEvent(family, answer, event) {
    const e = parse(event.data);
    if (!e || typeof e !== 'object')
        return answer;
    const one = readers[family](e);
    const usage = one.usage ? { ...answer.usage, ...one.usage } : answer.usage;
    return { text: answer.text + (one.text ?? ''), reasoning: answer.reasoning + (one.reasoning ?? ''), usage, said: usageOf(family, usage),
        end: one.end ?? answer.end, model: one.model ?? answer.model, error: errorOf(e) ?? answer.error };
}

const wholes = {
    messages: (b) => ({ text: texts(b.content, (p) => (p.type === 'text' ? p.text : null)), reasoning: texts(b.content, (p) => (p.type === 'thinking' ? p.thinking : null)), usage: b.usage, end: b.stop_reason, model: b.model }),
    chat: (b) => ({ text: b.choices?.[0]?.message?.content ?? '', reasoning: b.choices?.[0]?.message?.reasoning_content ?? b.choices?.[0]?.message?.reasoning ?? '', usage: b.usage, end: b.choices?.[0]?.finish_reason, model: b.model }),
    responses: (b) => ({ usage: b.usage, end: b.status, model: b.model,
        text: texts((b.output ?? []).filter((o) => o.type === 'message').flatMap((o) => o.content ?? []), (p) => (p.type === 'output_text' ? p.text : null)),
        reasoning: texts((b.output ?? []).filter((o) => o.type === 'reasoning').flatMap((o) => [...(o.summary ?? []), ...(o.content ?? [])]), (p) => p.text) }),
    gemini: (b) => readers.gemini(b),
};

export function wholeAnswer(family, text) {
    const body = parse(text);
    if (!body || typeof body !== 'object')
        return { ...emptyAnswer(), text };
    const one = wholes[family](body);
    return { ...emptyAnswer(), text: one.text ?? '', reasoning: one.reasoning ?? '', usage: one.usage ?? null, said: usageOf(family, one.usage), end: one.end ?? null, model: one.model ?? null,
        error: errorOf(body) };
}

// "gateway;dur=1.2, upstream;dur=80.0, attempts;desc="2"" → [{name, ms, say}]; source: W3C Server Timing
export function timings(header) {
    return (header ?? '').split(',').map((part) => {
        const [name, ...rest] = part.trim().split(';').map((x) => x.trim());
        const of = (key) => rest.find((x) => x.startsWith(`${key}=`))?.slice(key.length + 1).replace(/^"|"$/g, '');
        return { name, ms: of('dur') === undefined ? null : Number(of('dur')), say: of('desc') ?? '' };
    }).filter((one) => one.name);
}

// Headers that say the way an answer took, of any list of [name, value].
const ROUTE = /^(request-id|x-(upstream-)?request-id|server-timing|retry-after|x-claude-proxy-.*|anthropic-ratelimit-.*|x-ratelimit-.*|openai-.*)$/;
export const routeHeaders = (pairs) => [...pairs].filter(([name]) => ROUTE.test(name.toLowerCase())).sort(([a], [b]) => (a < b ? -1 : 1));

// Models to choose from: names without *, that the channels of a list say they serve or map.
export function suggestions(channels) {
    const names = channels.flatMap((c) => [...(c.only ?? []), ...(c.models ?? []).map((m) => m.from)]);
    return [...new Set(names.filter((name) => name && !/[*?[]/.test(name)))].sort();
}
