// SPDX-License-Identifier: MIT
// fill - a past for a gateway that has none: requests over some hours, put into its history; the same ones each time.

const MODELS = ['claude-sonnet-demo', 'claude-opus-demo', 'claude-haiku-demo', 'gpt-demo', 'gemini-demo', 'codex-demo'];
const AT_ONCE = 5000;

/** Numbers from 0 to 1 that look random. */
function dice(seed) {
    let a = seed;
    return () => {
        a = (a + 0x6D2B79F5) | 0;
        let t = Math.imul(a ^ (a >>> 15), 1 | a);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

/** More by day than by night: a moment of the last `hours`, the oldest first. */
function moment(i, n, hours, now) {
    const even = i / n;
    return now - (1 - (even + Math.sin(even * hours / 24 * 2 * Math.PI) * 0.1 / Math.max(1, hours / 24))) * hours * 3600e3;
}

function record(i, at, roll, channels, clients) {
    const channel = channels[Math.floor(roll() ** 2 * channels.length)];
    const isBad = roll() < 0.03;
    const input = Math.round(200 + roll() ** 3 * 30000);
    const first = Math.round((0.3 + roll() ** 2 * 3) * 1e6);
    const output = Math.round(20 + roll() ** 2 * 2000);
    const model = channel.models?.[Math.floor(roll() * channel.models.length)] ?? MODELS[i % MODELS.length];
    return {
        id: `fill-${i}`, time: new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'), family: channel.family ?? 'messages', op: 'chat', dialect: channel.dialect ?? 'claude',
        client: clients[Math.floor(roll() * clients.length)], model, model_sent: model, channel: channel.id, key: channel.key ?? 'k1',
        session: `s${Math.floor(i / 12)}`, status: isBad ? 529 : 200, upstream_status: isBad ? 529 : 200, end: isBad ? 'SH' : '--', error: isBad ? 'upstream: 529 overloaded' : undefined,
        attempts: isBad ? 2 : 1, connect_us: 12000, first_us: first, content_us: first + 20000, total_us: first + output * 9000, bytes_in: input * 4, bytes_out: output * 4, stream: true,
        tokens: isBad ? {} : { input, cache_read: Math.round(input * 6 * roll()), cache_write_5m: Math.round(input * roll() * 0.4), output },
        cost_micro: isBad ? 0 : Math.round(input * 3 + output * 15),
    };
}

/** `n` requests over the last `hours`; channels: [{ id, family, dialect, models, key }]. */
export async function fill(g, n, { hours = 24, channels, clients = ['access'], tell = () => {} }) {
    const roll = dice(1);
    const now = Date.now();
    for (let from = 0; from < n; from += AT_ONCE) {
        const lines = [];
        for (let i = from; i < Math.min(n, from + AT_ONCE); i++) {
            lines.push(JSON.stringify(record(i, moment(i, n, hours, now), roll, channels, clients)));
        }
        for (;;) {
            const r = await fetch(`${g.url}/api/history/import`, {
                method: 'POST', body: lines.join('\n'), headers: { 'x-api-key': g.key, 'content-type': 'application/json' },
            });
            const text = await r.text();
            if (r.status === 200) {
                break;
            }
            if (r.status !== 429) {
                throw new Error(`history: ${r.status} ${text}`);
            }
            await new Promise((resolve) => setTimeout(resolve, 200));
        }
        tell(Math.min(n, from + AT_ONCE));
    }
}
