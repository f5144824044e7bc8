// SPDX-License-Identifier: MIT
// scene - a gateway as somebody might have it, for pictures: channels, client keys, settings, four days of a past, and traffic now.
//
// All of it is made through the API, so that nothing is locked and the configuration has a history; behind it stands the simulator.

import { fill } from './fill.mjs';

/** What is asked where something can be tried, and what is answered. */
export const QUESTION = 'How does a gateway choose where a request goes?';
export const ANSWERED = 'the client notices nothing but a little time';

const RULES = `prompt='${QUESTION}' first=300 pace=15 \\
    think='They ask how a channel is chosen. I name the order, what is left out, and what happens when one fails.' \\
    text="It takes the channels of this client API in their order, and leaves out those that are paused, that rest after a failure, \
or that do not have the model. A conversation stays where it began, as long as its channel is well, so that the prompt cache is used.\\n\\n\
If a channel fails before the first word of an answer, the next one is tried: ${ANSWERED}."
key=fra-old           status=401
key=fra-              every=5   status=529 error=overloaded_error:Overloaded
key=chat-relay        every=9   status=429 retry-after=20
key=studio            every=12  status=503
`;

const key = (label, word) => ({ label, key: `sk-demo-not-a-real-key-${word}` });

const CHANNELS = [
    { id: 'relay-fra', name: 'Relay Frankfurt', dialect: 'claude', website: 'https://relay.example.org', only: ['claude*'],
        keys: [key('of last year', 'fra-old-19be55c0'), key('Ada', 'fra-ada-4d81f0e2'), key('Grace', 'fra-grace-77ac02d4')],
        description: 'The cheapest; overloaded now and then.' },
    { id: 'anthropic', name: 'Anthropic, team account', dialect: 'claude', website: 'https://www.anthropic.com', only: ['claude*'],
        keys: [key('team', 'team-20c7d9aa'), key('spare', 'spare-8e44b1f7')] },
    { id: 'openai', name: 'OpenAI', dialect: 'responses', website: 'https://openai.com', only: ['gpt-5*'], keys: [key('team', 'openai-5ab3e1c8')] },
    { id: 'chat-relay', name: 'Chat relay', dialect: 'chat', only: ['gpt-4*', 'o4*', 'deepseek*'],
        keys: [key('one', 'chat-relay-one-93fd4016'), key('two', 'chat-relay-two-0b7c16f3')], description: 'Speaks Chat Completions only.' },
    { id: 'studio', name: 'Gemini, AI Studio', dialect: 'gemini', only: ['gemini*'], keys: [key('free', 'studio-free-6120dd0a'), key('paid', 'studio-paid-b3e5f21c')] },
    { id: 'relay-sgp', name: 'Relay Singapore', dialect: 'claude', only: ['claude*'], status: 'suspended', keys: [key('one', 'sgp-c9a87011')],
        description: 'Paused until its certificate is renewed.' },
    { id: 'night', name: 'Night reserve', dialect: 'claude', only: ['claude*'], status: 'disabled', keys: [key('only', 'night-d02f6e44')],
        description: 'Takes over when all others rest.' },
];

/** Whose past there is: the client API and the models of each. */
const PAST = {
    'relay-fra': ['messages', 'claude-sonnet-4-5', 'claude-opus-4-5', 'claude-haiku-4-5'], anthropic: ['messages', 'claude-sonnet-4-5', 'claude-opus-4-5'],
    openai: ['responses', 'gpt-5-codex', 'gpt-5'], 'chat-relay': ['chat', 'gpt-4.1', 'deepseek-chat'], studio: ['gemini', 'gemini-2.5-flash', 'gemini-2.5-pro'],
};

const CLIENTS = [
    { id: 'ada', label: 'Ada\'s laptop', caps: { rpm: 600 }, budget: { money: '4', period: 'month' } },
    { id: 'ci', label: 'Continuous integration', caps: { rpm: 1200, concurrency: 16 }, budget: { tokens: '9M', period: 'month' } },
    { id: 'team', label: 'The team\'s assistant', caps: { tpm: 4000000 }, budget: { money: '2.50', period: 'day' } },
    { id: 'guest', label: 'A guest', models: ['claude-*'], budget: { money: '5', period: 'month' } },
];

const SETTINGS = [
    { limits: { attempts: 5 } },
    { scheduler: { wait_max: '5s', cooldown_max: '30m', affinity_ttl: '1h' } },
    { breaker: { threshold: 60, open: '5m' } },
    { history: { keep: '90d' }, upstream: { timeouts: { first_content: '120s' } } },
];

const WAYS = ['first=300 pace=60 events=40', 'usage=1200,380,24000 first=400 pace=50 events=30', 'think="Let me see." first=500 pace=90 events=25',
    'usage=4200,1600,61000,900 first=350 pace=70 events=70',
    'usage=150,90,0,8000 first=250 pace=30 events=12', 'first=1200 pace=150 events=20', 'first=200 pace=40 events=15', 'usage=2600,640,39000 first=280 pace=45 events=35'];
const ASKED = [['messages', 'claude-sonnet-4-5'], ['messages', 'claude-opus-4-5'], ['responses', 'gpt-5-codex'], ['messages', 'claude-sonnet-4-5'], ['chat', 'gpt-4.1'], ['messages', 'claude-haiku-4-5'],
    ['gemini', 'gemini-2.5-flash'], ['messages', 'gpt-5'], ['chat', 'deepseek-chat'], ['messages', 'claude-sonnet-4-5'], ['gemini', 'gemini-2.5-pro'], ['chat', 'claude-sonnet-4-5']];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function makeChannels(g) {
    for (const channel of CHANNELS) {
        await g.must('POST', '/api/channels', { ...channel, base_url: g.up.url, allow_private: true });
    }
}

async function makeClients(g) {
    const keys = [];
    for (const client of CLIENTS) {
        const expires = client.id === 'guest' ? { expires: new Date(Date.now() + 6 * 86400e3).toISOString().replace(/\.\d+Z$/, 'Z') } : {};
        keys.push((await g.must('POST', '/api/clients', { ...client, ...expires })).key);
    }
    return keys;
}

async function makePast(g) {
    const past = [];
    for (const { id, dialect } of CHANNELS.filter((c) => PAST[c.id])) {
        const { keys } = await g.must('GET', `/api/channels/${id}`);
        const [family, ...models] = PAST[id];
        past.push({ id, dialect, family, models, key: keys.at(-1).id });
    }
    await fill(g, 24000, { hours: 96, channels: past, clients: CLIENTS.map((c) => c.id) });
}

/** Two or three requests a second; returns what ends it. */
function traffic(g, keys) {
    let isOver = false;
    const open = new Set();
    const ask = (i) => {
        const [family, model] = ASKED[(i * 7) % ASKED.length];
        const how = i % 41 === 5 ? 'error=invalid_request_error:"max_tokens: 1000000 is more than this model allows"' : WAYS[(i * 3) % WAYS.length];
        const one = g.message(model, { family, stream: i % 4 !== 0, how, key: keys[model.startsWith('claude') ? i % 4 : i % 3] }).catch(() => {}).finally(() => open.delete(one));
        open.add(one);
    };
    const loop = (async () => {
        for (let i = 0; !isOver; i++) {
            ask(i);
            await pause(250 + ((i * 37) % 9) * 45);
        }
    })();
    return async () => {
        isOver = true;
        await loop;
        await Promise.all(open);
    };
}

/** Sets the scene; returns what ends its traffic. */
export async function setScene(g) {
    await g.script(RULES);
    await makeChannels(g);
    const keys = await makeClients(g);
    for (const settings of SETTINGS) {
        await g.must('PATCH', '/api/settings', settings);
    }
    await makePast(g);
    return traffic(g, keys);
}
